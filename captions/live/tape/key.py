"""The key with which a page encrypts the sound that it keeps on its device."""

from base64 import b64encode
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from ...models import User

_PURPOSE = b"whisperstream: sound on the device of a user"
_NAME_BYTES = 8


def key_of(user: User) -> str:
    """256 bits in Base64, the same at every login of the account until its password changes."""
    return b64encode(_derived(user)).decode()


def name_of(user: User) -> str:
    """Names the key, and so the account, without telling either; pages compute it from the key themselves."""
    return sha256(_derived(user)).digest()[:_NAME_BYTES].hex()


def _derived(user: User) -> bytes:
    info = b"%b %d %b" % (_PURPOSE, user.pk, user.get_session_auth_hash().encode())
    return HKDF(SHA256(), length=32, salt=None, info=info).derive(settings.SECRET_KEY.encode())
