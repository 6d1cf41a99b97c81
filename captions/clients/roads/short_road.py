"""Little sound is pushed into an audio worker, whose model is loaded, as fast as it can hear."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from ...core.cancellation import cancel_and_wait
from ...core.media_names import title_of
from ...live.feed.stream import SoundStream
from ...models import ApiToken
from ...protocol.messages import MessageError
from ...speech.passage import Passage
from ...speech.ring import Samples
from ...speech.types import SAMPLE_RATE, Word
from ...tokens.admission import Refusal
from .hearing import RETRY_SECONDS, Wanted

SHORT_SECONDS = 60.0
"""Longer sound takes the other road."""
# For so long a request waits for a worker that has room.
_WAIT_SECONDS = 30.0
_ASK_AGAIN_SECONDS = 0.5
# What a worker reports that harms no text.
_HARMLESS = ("sound_not_kept",)


class ShortHearing:
    """Sound that a worker hears. See `Hearing`."""

    def __init__(self, stream: SoundStream, samples: Samples) -> None:
        self.id, self.kept = stream.session.id, stream.session.kept
        self.seconds = samples.size / SAMPLE_RATE
        self._stream = stream
        self._samples = samples

    async def passages(self) -> AsyncIterator[Passage]:
        pushing = asyncio.create_task(self._push())
        try:
            async for event in self._stream:
                match event:
                    case {"type": "final"}:
                        yield _passage(event)
                    case {"type": "error", "code": code, "message": sentence} if code not in _HARMLESS:
                        raise Refusal(503, "unavailable", sentence, retry_after=RETRY_SECONDS)
                    case {"type": "media", "state": "ended", "reason": reason} if reason != "stopped":
                        sentence = _("The speech recognition was interrupted. Send the file again.")
                        raise Refusal(503, "unavailable", sentence, retry_after=RETRY_SECONDS)
        finally:
            await cancel_and_wait([pushing])

    async def _push(self) -> None:
        await self._stream.push(self._samples)
        await self._stream.end()


async def short_road(
    stack: AsyncExitStack, token: ApiToken, wanted: Wanted, samples: Samples
) -> ShortHearing:
    """Waits for a worker that has room, which is left with `stack`. Raises Refusal if there is none for long."""
    stream = await stack.enter_async_context(await _opened(token, wanted))
    if wanted.listen.prompt:
        await stream.listen(msgspec.structs.replace(stream.session.listen, prompt=wanted.listen.prompt))
    return ShortHearing(stream, samples)


async def _opened(token: ApiToken, wanted: Wanted) -> SoundStream:
    until = time.monotonic() + _WAIT_SECONDS
    kept = token.keep_history
    title = title_of(wanted.name) if kept else ""
    while True:
        left = max(_ASK_AGAIN_SECONDS, until - time.monotonic())
        try:
            return await SoundStream.open(token, wanted.listen, kept=kept, title=title, wait_seconds=left)
        except MessageError as error:
            if error.code != "too_many_sessions" or time.monotonic() >= until:
                raise _refused(error) from error
            await asyncio.sleep(_ASK_AGAIN_SECONDS)


def _refused(error: MessageError) -> Refusal:
    match error.code:
        case "too_many_sessions":
            sentence = _("Other files or dictations of this account are still being heard. Try again later.")
            return Refusal(429, error.code, sentence, retry_after=RETRY_SECONDS)
        case "busy":
            sentence = _("The server is busy with other dictations. Try again in a few minutes.")
            return Refusal(503, error.code, sentence, retry_after=RETRY_SECONDS)
        case "model_unavailable":
            return Refusal(503, error.code, error.message)
    return Refusal(503, error.code, error.message, retry_after=RETRY_SECONDS)


def _passage(final: dict[str, Any]) -> Passage:
    return Passage(
        start_ms=final["start_ms"],
        end_ms=final["end_ms"],
        text=final["text"],
        words=tuple(msgspec.convert(word, Word) for word in final["words"]),
        confidence=final["confidence"],
        language=final["language"],
    )
