import pytest

from captions.core.replacements import Replacement, from_stored, read_replacement, stored
from captions.core.vocabulary import EntryError


@pytest.mark.parametrize(
    ("line", "heard", "written"),
    [
        ("maren → Maren", "maren", "Maren"),
        ("  fifty  percent->50 % ", "fifty percent", "50 %"),
        ("arrow --> ->", "arrow", "->"),
        ("two\u00a0dogs => 2 dogs", "two dogs", "2 dogs"),
        ("e\u0301tude → étude", "étude", "étude"),
        ("不 → 无", "不", "无"),
        ("comma → ,", "comma", ","),
        ("new line -> ↵", "new line", "\n"),
        (r"new paragraph -> \n\n", "new paragraph", "\n\n"),
        ("my address → 12 Main Road ↵ Leeds ¶¶ UK", "my address", "12 Main Road\nLeeds\n\nUK"),
    ],
)
def test_a_line_is_read(line: str, heard: str, written: str) -> None:
    entry = read_replacement(line)
    assert entry == Replacement(heard, written)
    assert read_replacement(str(entry)) == entry
    assert from_stored(stored([entry])) == (entry,)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("maren Maren", "has no arrow"),
        ("→ Maren", "has neither a letter nor a digit before the →."),
        ("... → dots", "has neither a letter nor a digit before the →."),
        ("maren →", "has nothing after the →."),
        ("maren → a\u202eb", "contains an invisible character."),
        ("m\0 → M", "contains an invisible character."),
        ("x" * 81 + " → x", "has more than 80 characters before the →."),
        ("x → " + "x" * 201, "has more than 200 characters after the →."),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line: str, wrong: str) -> None:
    with pytest.raises(EntryError) as caught:
        read_replacement(line)
    assert caught.value.of("Line 1").startswith(f"Line 1 {wrong}")
