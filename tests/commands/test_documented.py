"""docs/commands.md has every phrase."""

import pytest

from captions.commands.tables import phrase_of, table_of
from tests.conftest import REPOSITORY

ROWS = [
    line.split("|")[2:4]
    for line in (REPOSITORY / "docs/commands.md").read_text("utf-8").splitlines()
    if line.startswith("| ")
]


@pytest.mark.parametrize(("language", "column"), [("en", 0), ("de", 1)])
def test_each_phrase_is_in_the_tables(language: str, column: int) -> None:
    table = table_of(language)
    assert table is not None
    # Models write some of them as one word, too.
    documented = {"".join(phrase_of(part)) for row in ROWS for part in _parts(row[column])}
    known = {*table.inline, *table.whole, *table.alone} - {
        phrase for phrase, command in table.inline.items() if command == "literal"
    }
    assert {"".join(phrase) for phrase in known} - documented == set()


def _parts(cell: str) -> list[str]:
    for sign in "·()":
        cell = cell.replace(sign, ",")
    return cell.split(",")
