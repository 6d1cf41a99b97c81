import pytest

from captions.core.media_names import title_of


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Interview 2024.05.12", "Interview 2024.05.12"),
        ("Interview 2024.05.12.mp3", "Interview 2024.05.12"),
        ("Talk at noon.WAV", "Talk at noon"),
        ("Dr. Weber", "Dr. Weber"),
        ("Meeting v1.2.M4A", "Meeting v1.2"),
        ("Two  sentences.wav", "Two sentences"),
        (".mp3", ".mp3"),
        ("mp3", "mp3"),
        ("notes.txt", "notes.txt"),
        ("می‌خواهم.ogg", "می‌خواهم"),
        ("x" * 300 + ".ogg", "x" * 200),
    ],
)
def test_a_title_loses_nothing_but_the_ending_of_a_sound_file(name: str, title: str) -> None:
    assert title_of(name) == title
