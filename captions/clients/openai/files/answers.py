"""Writes what is heard in a file: at once when all was heard, or as a stream of events meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse

from ....core.cancellation import independent_task
from ....dialects.openai_files.answers import (
    DONE,
    KEEP_ALIVE,
    as_json,
    done_event,
    languages_of,
    packed,
    segment_event,
    text_of,
)
from ....dialects.openai_files.asking import Asked
from ....speech.passage import Passage
from ....tokens.endpoint import refusal_of
from ....transcripts.export import srt, vtt
from ....transcripts.export.cues import cues
from ....web.event_answers import event_stream
from ....web.kept_alive import kept_alive
from ...roads.hearing import Hearing
from ..errors import OPENAI

_SESSION = "X-WhisperStream-Session"
_PLAIN = "text/plain; charset=utf-8"
_KEEP_ALIVE_SECONDS = 15.0
# An answer that nobody has begun to read by then is not read any more.
_UNREAD_SECONDS = 30.0


def whole(asked: Asked, hearing: Hearing, passages: Sequence[Passage]) -> HttpResponse:
    """The answer, once all was heard."""
    response = _written(asked, passages, hearing.seconds)
    # Where nothing was said, nothing is kept.
    if hearing.kept and passages:
        response[_SESSION] = str(hearing.id)
    return response


def streamed(asked: Asked, hearing: Hearing, stack: AsyncExitStack) -> StreamingHttpResponse:
    """The answer as a stream of events, which closes `stack` at its end."""
    begun = asyncio.Event()
    # Nobody waits for it; the loop holds it, since it sleeps.
    independent_task(_close_unless(begun, stack))
    response = event_stream(_events(asked, hearing, stack, begun))
    if hearing.kept:
        response[_SESSION] = str(hearing.id)
    return response


def _written(asked: Asked, passages: Sequence[Passage], seconds: float) -> HttpResponse:
    match asked.format:
        case "text":
            return HttpResponse(f"{text_of(passages)}\n", content_type=_PLAIN)
        case "srt":
            return HttpResponse("".join(srt.render(cues(passages))), content_type=_PLAIN)
        case "vtt":
            language = next(iter(languages_of(asked, passages)), "")
            text = "".join(vtt.render(cues(passages), language))
            return HttpResponse(text, content_type="text/vtt; charset=utf-8")
    answer = as_json(asked, passages, seconds)
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False})


async def _events(
    asked: Asked, hearing: Hearing, stack: AsyncExitStack, begun: asyncio.Event
) -> AsyncIterator[bytes]:
    begun.set()
    passages: list[Passage] = []
    async with stack:
        try:
            async for passage in kept_alive(hearing.passages(), _KEEP_ALIVE_SECONDS):
                if passage is None:
                    yield KEEP_ALIVE
                    continue
                for event in segment_event(asked, passage, len(passages), text_of(passages)):
                    yield packed(event)
                passages.append(passage)
            yield packed(done_event(asked, passages))
            yield DONE
        except Exception as error:
            yield packed(OPENAI.body(refusal_of(error, OPENAI.name)))


async def _close_unless(begun: asyncio.Event, stack: AsyncExitStack) -> None:
    try:
        async with asyncio.timeout(_UNREAD_SECONDS):
            await begun.wait()
    except TimeoutError:
        await stack.aclose()
