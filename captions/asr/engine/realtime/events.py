"""What is said to a Realtime service. Pure.

https://platform.openai.com/docs/api-reference/realtime-client-events
"""

import base64
from dataclasses import dataclass
from typing import Any

from ..base import Task
from ..openai.form import Detail, form_of, most_detail

Event = dict[str, Any]
RATE = 24_000
"""Of the sound in events, mono, in Hz: the one that every service knows."""
COMMIT: Event = {"type": "input_audio_buffer.commit"}
CLEAR: Event = {"type": "input_audio_buffer.clear"}
LEAST_MS = 100
"""Less sound cannot be committed."""

# OpenAI's older models: they take words to expect as part of a prompt, and only they read one.
_PROMPTED = ("gpt-4o-", "whisper-1")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a service is told of the sound that it gets."""

    model: str
    language: str = ""
    prompt: str = ""
    keywords: tuple[str, ...] = ()
    logprobs: bool = False


def wish_of(model: str, task: Task, *, bare: bool = False) -> Wish:
    """A `bare` one is for a service that refuses what it is told beside the model and the language."""
    detail = most_detail(model)
    form = form_of(model, task, detail if detail is Detail.LOGPROBS else Detail.TEXT)
    wish = Wish(model, str(form.get("language", "")))
    if bare:
        return wish
    if model.startswith(_PROMPTED):
        prompt = str(form.get("prompt", ""))
        return Wish(model, wish.language, prompt, logprobs=detail is Detail.LOGPROBS)
    words = (" ".join(each.split()) for each in task.hotwords)
    return Wish(model, wish.language, keywords=tuple(filter(None, words))[:100])


def session_update(wish: Wish, *, is_beta: bool, as_media: bool = False) -> Event:
    """Items end where it is said, and nowhere else. With `as_media` the sound does not come in events."""
    transcription: dict[str, Any] = {"model": wish.model, "language": wish.language or None}
    if wish.prompt:
        transcription["prompt"] = wish.prompt
    if wish.keywords:
        transcription["keywords"] = list(wish.keywords)
    if not wish.language:
        del transcription["language"]
    include = {"include": ["item.input_audio_transcription.logprobs"]} if wish.logprobs else {}
    if is_beta:
        flat: dict[str, Any] = {"input_audio_transcription": transcription, "turn_detection": None}
        if not as_media:
            flat["input_audio_format"] = "pcm16"
        return {"type": "transcription_session.update", "session": {**flat, **include}}
    sound: dict[str, Any] = {"transcription": transcription, "turn_detection": None}
    if not as_media:
        sound["format"] = {"type": "audio/pcm", "rate": RATE}
    session = {"type": "transcription", "audio": {"input": sound}, **include}
    return {"type": "session.update", "session": session}


def append(pcm: bytes) -> Event:
    """Sound as int16, little-endian, of RATE."""
    return {"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()}
