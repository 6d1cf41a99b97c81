import uuid

import pytest

from captions.core.places import Places


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setattr("captions.core.places.valkey_now", lambda: 1_000.0)
    return Places(f"test:{uuid.uuid4()}:", seconds=30)


def test_the_others_are_counted(places: Places) -> None:
    assert [places.take("a", name) for name in ("first", "second", "third")] == [0, 1, 2]
    assert places.take("b", "first") == 0, "of another owner"
    places.leave("a", "first")
    assert places.count("a") == 2
    assert places.take("a", "fourth") == 2


def test_a_place_that_is_not_kept_is_free_after_a_while(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    places.take("a", "dead")
    places.take("a", "lives")
    monkeypatch.setattr("captions.core.places.valkey_now", lambda: 1_020.0)
    places.keep("a", "lives")
    monkeypatch.setattr("captions.core.places.valkey_now", lambda: 1_031.0)
    assert places.count("a") == 1
    assert places.take("a", "new") == 1
