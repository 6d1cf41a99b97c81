import pytest

from captions.audio.containers import HEAD_BYTES, container_of, file_format_of


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"OggS\0\2\0\0\0\0\0\0", "ogg"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81", "matroska"),
        (b"fLaC\0\0\0\x22\x10\0\x10\0", "flac"),
        (b"RIFF\x24\x08\0\0WAVE", "wav"),
        (b"RF64\xff\xff\xff\xffWAVE", "wav"),
        (b"RIFF\x24\x08\0\0AVI ", None),
        (b"\0\0\0\x20ftypisom", "mov"),
        (b"\0\0\0\x18stypmsdh", "mov"),
        (b"ID3\4\0\0\0\0\0\x23TS", "mp3"),
        (b"\xff\xfb\x90\x64\0\0\0\0\0\0\0\0", "mp3"),
        (b"\xff\xf3\x40\xc0\0\0\0\0\0\0\0\0", "mp3"),
        (b"\xff\xf1\x50\x80\x02\x1f\xfc\0\0\0\0\0", "aac"),
        (b"\xff\xe0\0\0\0\0\0\0\0\0\0\0", None),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "mp3"),
        (b"#EXTM3U\nfile", None),
        (b"\0" * HEAD_BYTES, None),
        (b"\xff", None),
        (b"", None),
    ],
)
def test_a_container_is_known_by_its_beginning(head: bytes, name: str | None) -> None:
    assert container_of(head) == name


@pytest.mark.parametrize("head", [b"\xff\xfb\x90\x00", b"\xff\xf1\x50\x80"])
def test_a_frame_alone_may_also_be_samples(head: bytes) -> None:
    assert container_of(head)
    assert file_format_of(head) is None
    assert file_format_of(b"fLaC" + head) == "flac"
