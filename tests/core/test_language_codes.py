import pytest

from captions.core.language_codes import LANGUAGES, code_of_tag, language_tag


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"),
        (" EN-us", "en"),
        ("pt_BR", "pt"),
        ("jv", "jw"),
        ("nb-NO", "no"),
        ("fil", "tl"),
        ("iw", "he"),
        ("", ""),
    ],
)
def test_tags_become_codes(tag: str, code: str) -> None:
    assert code_of_tag(tag) == code
    assert not code or code in LANGUAGES


def test_every_language_is_found_by_its_tag() -> None:
    assert all(code_of_tag(language_tag(code)) == code for code in LANGUAGES)
