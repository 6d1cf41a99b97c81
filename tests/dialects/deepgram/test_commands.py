import pytest

from captions.dialects.deepgram.commands import (
    CloseStream,
    Command,
    CommandError,
    Configure,
    Finalize,
    KeepAlive,
    command,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"type":"KeepAlive"}', KeepAlive()),
        ('{"type": "Finalize", "more": 1}', Finalize()),
        ('{"type":"CloseStream"}', CloseStream()),
        ('{"type":"Configure"}', Configure()),
        ('{"type":"Configure","keyterms":null,"features":{"numerals":true}}', Configure()),
        ('{"type":"Configure","keyterms":["Kiel"]}', Configure(("Kiel",))),
        ('{"type":"Configure","keyterms":[]}', Configure(())),
    ],
)
def test_a_message_is_read(text: str, expected: Command) -> None:
    assert command(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "KeepAlive",
        "[]",
        '"KeepAlive"',
        "{}",
        '{"type":"Stop"}',
        '{"type":["Finalize"]}',
        '{"type":"Configure","keyterms":"Kiel"}',
        '{"type":"Configure","keyterms":[1]}',
        "[" * 100_000,
    ],
)
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="must be"):
        command(text)
