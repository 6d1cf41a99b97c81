import pytest

from captions.transcripts.export.breaks import BAD_BREAK, break_cost


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the | ferry", "en"),
        ("the | car", "en"),
        ("of | the", "en"),
        ("because | it", "en"),
        ("“The | ferry", "en"),
        ("der | Mann", "de"),
        ("im | Garten", "de"),
        ("les | chiens", "fr"),
        ("una | casa", "es"),
        ("the | ferry", ""),
        ("ferry | …", "en"),
        ("ferry | –", "xx"),
    ],
)
def test_bad_places(text: str, language: str) -> None:
    before, after = text.split(" | ")
    assert break_cost(before, after, language) >= BAD_BREAK


def test_good_places_in_their_order() -> None:
    places = ["piano. | Nobody", "said,” | she", "piano | because", "ferry | left"]
    costs = [break_cost(before, after, "en") for before, after in (place.split(" | ") for place in places)]
    assert costs == sorted(set(costs))
    assert costs[0] == 0
    assert costs[-1] < BAD_BREAK


def test_a_word_of_one_language_is_none_of_another() -> None:
    # Dutch for "or", and French for "for".
    assert (
        break_cost("ferry", "of", "en") == break_cost("ferry", "left", "en") > break_cost("boot", "of", "nl")
    )
    assert break_cost("red", "car", "en") > break_cost("rouge", "car", "fr")
    assert break_cost("die", "hard", "en") < BAD_BREAK <= break_cost("die", "Katze", "de")


def test_of_other_languages_only_punctuation_is_known() -> None:
    assert break_cost("the", "ferry", "fi") == break_cost("ferry", "left", "fi")
    assert break_cost("ferry,", "left", "fi") < break_cost("ferry", "left", "fi")
