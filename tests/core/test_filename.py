import unicodedata
from datetime import date
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.core.filename import content_disposition, filename

DAY = date(2025, 11, 18)


def test_a_file_is_named_after_day_title_and_language() -> None:
    assert (
        filename("The night ferry, first draft", "en", DAY, "srt")
        == "2025-11-18-the-night-ferry-first-draft.en.srt"
    )


def test_without_title_or_language_there_is_still_a_name() -> None:
    assert filename("", "", DAY, "txt") == "2025-11-18-transcript.txt"
    assert filename("?! …", "en", DAY, "txt") == "2025-11-18-transcript.en.txt"


def test_other_scripts_keep_their_letters_and_have_a_plain_stand_in() -> None:
    name = filename("Ночной паром", "ru", DAY, "vtt")
    assert name == "2025-11-18-ночной-паром.ru.vtt"
    assert content_disposition(name).startswith(
        "attachment; filename=\"2025-11-18-transcript.ru.vtt\"; filename*=UTF-8''"
    )


def test_a_long_title_is_cut_between_words() -> None:
    name = filename("word " * 60, "en", DAY, "json")
    assert len(name.encode()) <= 120
    assert name.endswith("-word.en.json")


@given(st.text(max_size=250), st.text(max_size=12))
def test_no_title_makes_a_name_that_a_system_refuses(title: str, language: str) -> None:
    name = filename(title, language, DAY, "srt")
    assert len(name.encode()) <= 120
    assert name.startswith("2025-11-18-")
    assert name.endswith(".srt")
    assert not set(name) & set('/\\:*?"<>|\x7f')
    assert name.replace("\u200c", "").replace("\u200d", "").isprintable()
    header = content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert unquote(header.rsplit("''", 1)[1]) == name


@pytest.mark.parametrize(
    "title",
    [
        "हिंदी में जानकारी",
        "স্বাস্থ্য",
        "தமிழ் செய்தி",
        "ภาษาไทย ที่นี่",
        "မြန်မာ",
        "ភាសាខ្មែរ",
        "ພາສາລາວ",
        "सि‍ं‌ह",
        "می‌خواهم",
        "שָׁלוֹם",
        "العَرَبِيَّة",
        "བོད་སྐད".replace("་", " "),
        "Việt Nam".casefold(),
    ],
)
def test_marks_of_every_script_and_joiners_stay(title: str) -> None:
    name = filename(title, "", DAY, "srt")
    assert name[len("2025-11-18-") : -len(".srt")].replace("-", " ") == unicodedata.normalize("NFC", title)


def test_a_long_word_is_cut_between_letters_with_their_marks() -> None:
    for letters in range(1, 40):
        stem = filename("x" * letters + "กี่" * 40, "", DAY, "srt").removesuffix(".srt")
        assert stem.endswith("กี่")


def test_marks_and_joiners_of_nothing_make_no_name() -> None:
    assert filename("❤\ufe0f \u200d", "", DAY, "txt") == "2025-11-18-transcript.txt"
