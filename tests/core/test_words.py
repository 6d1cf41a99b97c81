import pytest

from captions.core.words import count_words


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("We don't go.", 3),
        ("Größe, nochmals – 50 %", 5),
        ("สวัสดีครับวันนี้เราจะมาพูดถึงเรื่องการทำงานของระบบถอดเสียงภาษาไทย", 18),
        ("ສະບາຍດີ ທຸກຄົນ", 2),
        ("សួស្តីអ្នកទាំងអស់គ្នា", 3),
        ("မင်္ဂလာပါ ခင်ဗျာ", 3),
        ("私は学生です。", 4),
        ("今天天气很好，我们去公园。", 6),
        ("We met 田中さん at 3 p.m. ประเทศไทย", 8),
        ("안녕하세요 여러분", 2),
        ("नमस्ते दुनिया", 2),
        ("مرحبا بالعالم", 2),
    ],
)
def test_words_are_counted_in_every_script(text: str, count: int) -> None:
    assert count_words(text) == count
