"""The ids of sessions, events and items: a word and 21 random letters and digits, as OpenAI's."""

import secrets
import string

_ALPHABET = string.digits + string.ascii_letters
_RANDOM = 21


def new_id(kind: str) -> str:
    """A new id, such as `item_…` for `item`."""
    return f"{kind}_{''.join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))}"
