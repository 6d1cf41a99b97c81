"""Signatures of Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks"""

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable

_PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    return _PREFIX + b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(message_id: str, seconds: int, body: bytes, signed_with: Iterable[str]) -> dict[str, str]:
    """The headers of a post at `seconds` since 1970, with a signature for each secret."""
    signed = f"{message_id}.{seconds}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in signed_with),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix(_PREFIX))
    return b64encode(hmac.digest(key, signed, "sha256")).decode()
