"""Files of commands are checked when they are read."""

import re
from pathlib import Path

import pytest

from captions.commands import tables
from captions.commands.tables import expected, read

EN = (Path(tables.__file__).parent / "en.toml").read_text("utf-8")


def test_a_file_that_is_wrong_is_refused() -> None:
    assert read(EN).inline[("comma",)] == tables.Put(",", "mark", ("comma",))
    for wrong, sentence in (
        (EN.replace('"comma"', '"period"'), "'period' stands for two commands"),
        (EN.replace('said = ["comma"]', 'said = ["..."]'), "has no word"),
        (EN.replace('glue = "mark"', 'glue = "tape"'), "Invalid enum value 'tape'"),
        (EN.replace("[whole]", "[whole]\nshout = []"), "Invalid enum value 'shout'"),
        (f"{EN}\n[more]", "unknown field `more`"),
    ):
        with pytest.raises(ValueError, match=re.escape(sentence)):
            read(wrong)


def test_what_ends_something_is_not_expected() -> None:
    assert expected("fr") == ()
    for language in tables.LANGUAGES:
        table = tables.table_of(language)
        assert table is not None
        (sentences,) = expected(language)
        phrases = {tables.phrase_of(each) for each in sentences.rstrip(".").split(". ")}
        assert len(phrases) >= 10
        assert phrases <= set(table.inline)
