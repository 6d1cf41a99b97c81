"""Chat completions of OpenAI's API: what is asked, and the events and objects that come back.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from typing import Any

import msgspec

from .errors import AWAY, BROKE_OFF, ODD, REFUSED, AnswerError

_THOUGHTS, _END_OF_THOUGHTS = "<think>", "</think>"


class _Message(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Message | None = None
    message: _Message | None = None
    finish_reason: str | None = None


class _Answer(msgspec.Struct):
    choices: list[_Choice] = []
    error: Any = None


def body(model: str, prompt: str, text: str) -> dict[str, Any]:
    messages = [{"role": "system", "content": prompt}, {"role": "user", "content": text}]
    return {"model": model, "messages": messages, "stream": True}


class Reader:
    """Puts an answer together, from its lines or from one object. `is_whole` once its end has come."""

    def __init__(self) -> None:
        self.is_whole = False

    def line(self, line: bytes) -> str:
        """The text in a line of the stream, empty for most kinds of lines. Raises AnswerError."""
        if not line.startswith(b"data:"):
            return ""
        data = line[len(b"data:") :].strip()
        if data == b"[DONE]":
            self.is_whole = True
            return ""
        return self.object(data)

    def object(self, data: bytes) -> str:
        """The text in an object. Raises AnswerError."""
        try:
            answer = msgspec.json.decode(data, type=_Answer)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise AnswerError(ODD) from None
        if answer.error:
            # Such as "overloaded", after an answer has begun.
            raise AnswerError(AWAY, retryable=True)
        if not answer.choices:
            return ""
        choice = answer.choices[0]
        if choice.finish_reason == "content_filter":
            raise AnswerError(REFUSED)
        if choice.finish_reason == "length":
            raise AnswerError(BROKE_OFF)
        self.is_whole = self.is_whole or choice.finish_reason is not None
        said = choice.delta or choice.message
        # PostgreSQL stores no NUL.
        return ((said and said.content) or "").replace("\0", "")


def without_thoughts(text: str) -> str:
    """The text, perhaps its beginning, without what some models think aloud before it."""
    text = text.lstrip()
    if _THOUGHTS.startswith(text[: len(_THOUGHTS)]):
        return text.partition(_END_OF_THOUGHTS)[2].lstrip()
    return text
