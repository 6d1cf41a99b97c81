"""What Deepgram's clients are told, whichever of them it is."""

from typing import Any

Message = dict[str, Any]


def results(messages: list[Message]) -> list[Message]:
    return [message for message in messages if message["type"] == "Results"]


def text_of(messages: list[Message]) -> str:
    """All final text."""
    texts = [best(message)["transcript"] for message in results(messages) if message["is_final"]]
    return " ".join(text for text in texts if text)


def best(message: Message) -> dict[str, Any]:
    found: dict[str, Any] = message["channel"]["alternatives"][0]
    return found


def assert_complete(messages: list[Message], seconds: float) -> None:
    """Asserts what a whole stream is: results in the order of time, then its metadata, and nothing after that."""
    assert messages[-1]["type"] == "Metadata", messages[-1]
    assert [message["type"] for message in messages].count("Metadata") == 1
    assert abs(messages[-1]["duration"] - seconds) < 1
    finals = [message for message in results(messages) if message["is_final"]]
    ends = [time for message in finals for time in (message["start"], message["start"] + message["duration"])]
    assert ends == sorted(ends)
    for message in results(messages):
        assert message["metadata"]["request_id"] == messages[-1]["request_id"]
        assert message["channel_index"] == [0, 1]
        assert isinstance(message["speech_final"], bool)
    for message in finals:
        _assert_words(message)


def _assert_words(message: Message) -> None:
    alternative = best(message)
    words = alternative["words"]
    written = " ".join(word["punctuated_word"] for word in words)
    assert written == alternative["transcript"]
    for word in words:
        assert word["word"] == word["word"].lower()
        assert (
            message["start"] - 0.01
            <= word["start"]
            <= word["end"]
            <= message["start"] + message["duration"] + 0.01
        )
        assert 0 <= word["confidence"] <= 1
