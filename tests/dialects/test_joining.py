import pytest

from captions.dialects.joining import joined, text_of


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("I will say", "nothing", "I will say nothing"),
        ("nothing", ", or little", "nothing, or little"),
        ("noon", "?", "noon?"),
        ("noon", "?”", "noon?”"),
        ("he said", "“no”", "he said “no”"),
        ("he said", '"no"', 'he said "no"'),
        ("he said no", '".', 'he said no".'),
        ("wait", "…", "wait…"),
        ("costs", "$5", "costs $5"),
        ("one ", "two", "one two"),
        ("one", " two", "one two"),
        ("你好", "世界", "你好世界"),
        ("你好", "world", "你好world"),
        ("", "one", "one"),
        ("one", "", "one"),
    ],
)
def test_pieces_are_joined_as_they_are_written(before: str, after: str, text: str) -> None:
    assert joined(before, after) == text


def test_sentences_have_a_space_between_where_their_script_has_one() -> None:
    assert text_of([]) == ""
    assert text_of(["Noon.", "“Yes.”", "No."]) == "Noon. “Yes.” No."
    assert text_of(["今日は。", "東京。"]) == "今日は。東京。"
