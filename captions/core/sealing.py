"""Encrypts secrets of users that the server has to use itself, with keys derived from SECRET_KEY.

After SECRET_KEY was changed, what older keys in SECRET_KEY_FALLBACKS have sealed can still be read.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from .errors import WhisperStreamError
from .translatable import gettext_noop

UNREADABLE = gettext_noop(
    "The key of this server was changed, so it cannot read the address. Remove it and add it again."
)
"""What to say of a sealed address that raises SealError."""

_PURPOSE = b"whisperstream: sealed secrets of users"


class SealError(WhisperStreamError):
    """The secret was sealed with a key that is not known any more."""


def seal(secret: str) -> bytes:
    return _cipher().encrypt(secret.encode())


def unseal(sealed: bytes) -> str:
    """Raises SealError."""
    try:
        return _cipher().decrypt(sealed).decode()
    except InvalidToken:
        raise SealError from None


def _cipher() -> MultiFernet:
    return MultiFernet([_fernet(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


@lru_cache(16)
def _fernet(key: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode())
    return Fernet(urlsafe_b64encode(derived))
