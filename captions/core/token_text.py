"""The text of an API token: `wsp_`, 36 random letters and digits, and 6 that check them.

The check tells a token that was cut or mistyped from one that was revoked, without a look into the database; the
beginning lets scanners for secrets find tokens in files. 36 letters and digits are 214 random bits, so a plain SHA-256
is enough at rest.
"""

import hashlib
import re
import secrets
import string
import zlib

BEGINNING = "wsp_"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM = 36
_CHECK = 6
_FORM = re.compile(rf"{BEGINNING}[0-9A-Za-z]{{{_RANDOM + _CHECK}}}", re.ASCII)
SHOWN = len(BEGINNING) + 4
"""How many characters of a token are kept and shown, so that its owner knows it again."""


def new() -> str:
    """A new token."""
    random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return BEGINNING + random + _check(random)


def is_whole(text: str) -> bool:
    """Whether `text` is as long as a token and its check is right."""
    return bool(_FORM.fullmatch(text)) and _check(text[len(BEGINNING) : -_CHECK]) == text[-_CHECK:]


def digest(text: str) -> bytes:
    """The 32 bytes under which a token is stored."""
    return hashlib.sha256(text.encode()).digest()


def _check(random: str) -> str:
    rest, digits = zlib.crc32(random.encode()), ""
    for _ in range(_CHECK):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
