import pytest

from captions.core.json_text import decoded


def test_reads_json() -> None:
    assert (
        decoded('{"a": ["\\ud83d\\ude00", 1]}')
        == decoded(b'{"a": ["\xf0\x9f\x98\x80", 1]}')
        == {"a": ["😀", 1]}
    )


@pytest.mark.parametrize(
    "text",
    ["", "{", '"\\ud800"', '{"\\udc00": 1}', '"\ud800"', b'"\xed\xa0\x80"', "NaN", "1e999", "[" * 9999],
)
def test_refuses_what_cannot_be_passed_on(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - which of its kinds is nobody's business
        decoded(text)
