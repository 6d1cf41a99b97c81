import pytest

from captions.audience.look import Look

OBS = {"background": "00000000"}


def test_without_a_query_it_is_a_page() -> None:
    assert Look.of({}) == Look()
    assert not Look.of({}).overlay


def test_with_a_background_it_stands_over_a_picture() -> None:
    look = Look.of(OBS)
    assert look == Look(
        overlay=True, lines=2, size=48, colour="#ffffff", outline=2, background="#00000000", hold=8
    )


def test_all_can_be_chosen() -> None:
    query = {
        "lines": "3",
        "size": "64",
        "font": "Atkinson Hyperlegible",
        "colour": "FFcc00",
        "outline": "1.5",
        "background": "000000aa",
        "align": "center",
        "partial": "0",
        "upper": "1",
        "hold": "0",
        "key": "is another matter",
    }
    assert Look.of(query) == Look(
        True, 3, 64, "Atkinson Hyperlegible", "#ffcc00", 1.5, "#000000aa", "center", False, True, 0
    )
    assert Look.of({"colour": "ffcc00", "size": "64"}) == Look(colour="#ffcc00", size=64)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lines", "0"),
        ("lines", "21"),
        ("lines", "two"),
        ("lines", "-1"),
        ("lines", "٣"),
        ("size", "7"),
        ("size", "401"),
        ("size", "1e2"),
        ("font", ""),
        ("font", 'x"; } body { background: url(//evil.example)'),
        ("font", "var(--ink)"),
        ("font", "a" * 61),
        ("colour", "fff"),
        ("colour", "#ffffff"),
        ("colour", "red"),
        ("outline", "nan"),
        ("outline", "20.1"),
        ("align", "justify"),
        ("partial", "yes"),
        ("upper", "2"),
        ("hold", "inf"),
        ("hold", "3601"),
    ],
)
def test_what_cannot_be_used_counts_as_not_there(name: str, value: str) -> None:
    assert Look.of(OBS | {name: value}) == Look.of(OBS)


@pytest.mark.parametrize("value", ["", "transparent", "000", "0000000", "00000000;"])
def test_a_background_that_is_none_makes_no_overlay(value: str) -> None:
    assert Look.of({"background": value}) == Look()
