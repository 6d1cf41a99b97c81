import pytest

from captions.summaries.completion import Reader, without_thoughts
from captions.summaries.errors import AWAY, BROKE_OFF, ODD, REFUSED, AnswerError
from tests.summaries.fake import DONE, GOOD, TEXT, line, said


def read(*parts: bytes) -> tuple[str, bool]:
    reader = Reader()
    text = "".join(reader.line(each) for part in parts for each in part.split(b"\n"))
    return text, reader.is_whole


def test_a_stream_is_put_together() -> None:
    assert read(*GOOD) == (TEXT, True)


def test_servers_end_in_one_of_two_ways() -> None:
    assert read(said("One"), DONE) == ("One", True)
    assert read(said("One"), said("", "stop")) == ("One", True)
    assert read(said("One")) == ("One", False)


def test_lines_of_other_kinds_say_nothing() -> None:
    assert read(b"event: ping\n", b": x\n", b"id: 7\n\n", said("One\0"), DONE) == ("One", True)
    assert read(b'data:{"choices":[{"delta":{"reasoning_content":"Hm"}}]}') == ("", False)


@pytest.mark.parametrize(
    "lie",
    [
        b"data: {",
        b"data: []",
        b"data: null",
        b'data: {"choices": 5}',
        b'data: {"choices": [null]}',
        b'data: {"choices": [{"delta": {"content": ["One"]}}]}',
        b'data: {"choices": [{"delta": {"content": 7}}]}',
        b'data: {"choices": [{"delta": {"content": "\\ud800"}}]}',
        b'data: {"choices": [{"delta": {"content": "\xff"}}]}',
        b'data: {"error": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"data: <html>",
    ],
)
def test_a_lie_is_told_from_an_answer(lie: bytes) -> None:
    with pytest.raises(AnswerError) as refused:
        read(lie)
    assert (refused.value.reason, refused.value.retryable) == (ODD, False)


@pytest.mark.parametrize(
    ("part", "reason", "retryable"),
    [
        (line({"error": {"message": "secret words", "code": 503}}), AWAY, True),
        (said("One", "length"), BROKE_OFF, False),
        (said("", "content_filter"), REFUSED, False),
    ],
)
def test_what_goes_wrong_in_the_middle(part: bytes, reason: str, retryable: bool) -> None:
    with pytest.raises(AnswerError) as refused:
        read(said("One"), part)
    assert (str(refused.value), refused.value.retryable) == (reason, retryable)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("One", "One"),
        ("<", ""),
        ("<thi", ""),
        ("<think>Hm.", ""),
        ("\n<think>\nHm.\n</think>\n\nOne", "One"),
        ("<b>One", "<b>One"),
        ("One <think>Hm.</think>", "One <think>Hm.</think>"),
        ("", ""),
    ],
)
def test_what_a_model_thinks_aloud_is_left_out(text: str, shown: str) -> None:
    assert without_thoughts(text) == shown
