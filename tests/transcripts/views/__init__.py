"""Helpers for tests of pages."""

import re

from django.http import HttpResponse


def without_tokens(response: HttpResponse) -> str:
    """The page without its form tokens and nonces, which differ each time."""
    html = re.sub(r"[A-Za-z0-9]{64}", "TOKEN", response.content.decode())
    return re.sub(r'nonce="[^"]*"', "NONCE", html)
