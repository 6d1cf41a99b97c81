"""The key in a share link: 22 random letters and digits, 131 bits, so that a plain SHA-256 is enough at rest."""

import re
import secrets
import string

from ..core.token_text import digest

__all__ = ["SHOWN", "digest", "is_whole", "new"]

SHOWN = 4
"""How many characters of a key are kept and shown, so that its owner knows it again."""
_ALPHABET = string.digits + string.ascii_letters
_LENGTH = 22
_FORM = re.compile(rf"[0-9A-Za-z]{{{_LENGTH}}}", re.ASCII)


def new() -> str:
    """A new key."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def is_whole(text: str) -> bool:
    """Whether `text` could be a key."""
    return bool(_FORM.fullmatch(text))
