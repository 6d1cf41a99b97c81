"""Which road a file takes."""

import asyncio
from contextlib import AsyncExitStack

from django.utils.translation import gettext as _

from ...models import ApiToken
from ...speech.passage import Passage
from ...tokens.admission import Refusal
from ...uploads.requests.waiting import Waiting
from .allowed import Allowed
from .hearing import Hearing, Wanted
from .long_road import ANSWER_SECONDS, long_road
from .probe import probe
from .short_road import SHORT_SECONDS, short_road


async def hear(stack: AsyncExitStack, token: ApiToken, file: Waiting, wanted: Wanted) -> Hearing:
    """Has the file heard, until `stack` is closed or the token is lost. Waits for a place, but not for the text.

    Raises Refusal, and django.db.Error or redis.RedisError where a store is away.
    """
    sound = await probe(file.path, wanted.called, SHORT_SECONDS)
    # What live text says is never a translation, nor does it tell voices apart.
    if sound.samples is None or wanted.translate or wanted.tell_speakers:
        return Allowed(await long_road(token, wanted, file, sound.seconds), token)
    return Allowed(await short_road(stack, token, wanted, sound.samples), token)


async def all_of(hearing: Hearing, wanted: Wanted) -> list[Passage]:
    """All passages, once the last one was heard. Raises Refusal, also where that takes too long."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return [passage async for passage in hearing.passages()]
    except TimeoutError as error:
        sentence = _("The server did not get to this file in time. Try again later.")
        raise Refusal(503, "too_late", f"{sentence} {wanted.otherwise}".strip()) from error
