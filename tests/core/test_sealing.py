import pytest
from pytest_django.fixtures import Settings

from captions.core.sealing import SealError, seal, unseal

SECRET = "https://upload.youtube.com/closedcaption?cid=geheim-ü"


def test_what_was_sealed_can_be_read_and_says_nothing_itself() -> None:
    sealed = seal(SECRET)
    assert unseal(sealed) == SECRET
    assert b"geheim" not in sealed
    assert seal(SECRET) != sealed, "equal secrets do not look alike"


def test_a_key_can_be_replaced(settings: Settings) -> None:
    settings.SECRET_KEY = "the old key"
    sealed = seal(SECRET)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the new key", ["the old key"]
    assert unseal(sealed) == SECRET
    again = seal(SECRET)
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal(again) == SECRET
    with pytest.raises(SealError):
        unseal(sealed)


def test_what_was_changed_is_not_read() -> None:
    sealed = bytearray(seal(SECRET))
    sealed[20] ^= 1
    with pytest.raises(SealError):
        unseal(bytes(sealed))
