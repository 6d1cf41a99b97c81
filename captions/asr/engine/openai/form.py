"""What is asked of a service: the parts of the form of `POST /audio/transcriptions`. Pure.

https://platform.openai.com/docs/api-reference/audio/createTranscription
"""

from enum import IntEnum

from ..base import Task

Form = dict[str, str | list[str]]

_MOST_PROMPT = 800
"""Characters, which are about the 224 tokens that Whisper reads."""


class Detail(IntEnum):
    """How much a service is asked to tell beside the text. One that refuses a form is asked for less."""

    TEXT = 0
    SEGMENTS = 1
    WORDS = 2
    LOGPROBS = 3


def most_detail(model: str) -> Detail:
    """What a model can tell, by its name: OpenAI's newer ones have no times."""
    if not model.startswith("gpt-"):
        return Detail.WORDS
    has_logprobs = model.startswith("gpt-4o-") and "diarize" not in model
    return Detail.LOGPROBS if has_logprobs else Detail.TEXT


def less(detail: Detail) -> Detail | None:
    """The next one to try; None if there is none."""
    match detail:
        case Detail.TEXT:
            return None
        case Detail.LOGPROBS:
            return Detail.TEXT
    return Detail(detail - 1)


def form_of(model: str, task: Task, detail: Detail) -> Form:
    form: Form = {"model": model, "response_format": "json"}
    match detail:
        case Detail.WORDS:
            form |= {"response_format": "verbose_json", "timestamp_granularities[]": ["word", "segment"]}
        case Detail.SEGMENTS:
            form |= {"response_format": "verbose_json"}
        case Detail.LOGPROBS:
            form |= {"include[]": ["logprobs"]}
    if task.language and not task.translate:
        form["language"] = task.language.lower().replace("_", "-").partition("-")[0]
    words = [" ".join(each.split()) for each in task.hotwords]
    if words and model.startswith("gpt-") and not model.startswith("gpt-4o-"):
        form["keywords[]"], words = words[:100], []
    if prompt := _prompt(words, task.prompt):
        form["prompt"] = prompt
    if task.temperature:
        form["temperature"] = f"{task.temperature:g}"
    return form


def _prompt(words: list[str], before: str) -> str:
    """The words to expect, and as much of the end of the text before as there is room for."""
    expected = ""
    for word in words:
        more = f"{expected}, {word}" if expected else word
        if len(more) > _MOST_PROMPT // 2:
            break
        expected = more
    before = " ".join(before.split())[-_MOST_PROMPT // 2 :]
    return f"{expected}. {before}" if expected and before else expected or before
