"""The key with which a page encrypts the sound that it keeps on its device."""

from base64 import b64encode

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from ...models import User

_PURPOSE = b"whisperstream: sound on the device of a user"


def key_of(user: User) -> str:
    """256 bits in Base64, the same at every login of the account until its password changes."""
    info = b"%b %d %b" % (_PURPOSE, user.pk, user.get_session_auth_hash().encode())
    derived = HKDF(SHA256(), length=32, salt=None, info=info).derive(settings.SECRET_KEY.encode())
    return b64encode(derived).decode()
