"""`POST /v1/audio/transcriptions` and `/translations`. See docs/openai.md."""

import asyncio
from contextlib import AsyncExitStack

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from ....models import ApiToken, Scope
from ....protocol.feed_frames import Listen
from ....tokens.admission import Refusal
from ....tokens.endpoint import endpoint
from ....uploads.requests.waiting import waiting
from ..errors import OPENAI
from .answers import streamed, whole
from .checks import check
from .form import check_size, receive, vocabulary
from .hearing import NEVER, Hearing
from .long_road import ANSWER_SECONDS, long_road
from .probe import probe
from .short_road import SHORT_SECONDS, short_road


@endpoint(OPENAI, "POST", scope=Scope.TRANSCRIBE)
async def transcriptions(request: HttpRequest, token: ApiToken) -> HttpResponseBase:
    """What is said in a file, in the language in which it is said."""
    return await _answer(request, token, translate=False)


@endpoint(OPENAI, "POST", scope=Scope.TRANSCRIBE)
async def translations(request: HttpRequest, token: ApiToken) -> HttpResponseBase:
    """What is said in a file, in English."""
    return await _answer(request, token, translate=True)


async def _answer(request: HttpRequest, token: ApiToken, *, translate: bool) -> HttpResponseBase:
    """Raises Refusal, and django.db.Error or redis.RedisError where a store is away."""
    check_size(request)
    async with AsyncExitStack() as stack:
        file = await stack.enter_async_context(waiting(token))
        asked, name = await sync_to_async(receive)(request, file.path, translate=translate)
        await check(asked)
        listen = Listen(asked.language, asked.endpointing, vocabulary(asked))
        sound = await probe(file.path, name, SHORT_SECONDS)
        hearing: Hearing
        # What live text says is never a translation.
        if sound.samples is None or translate:
            hearing = await long_road(token, asked, listen, file, sound.seconds, name)
        else:
            hearing = await short_road(stack, token, listen, asked.prompt, sound.samples, name)
        if asked.stream:
            return streamed(asked, hearing, stack.pop_all())
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await whole(asked, hearing)
        except TimeoutError as error:
            sentence = _("The server did not get to this file in time. Try again later, or with stream=true.")
            raise Refusal(503, "unavailable", sentence, headers=NEVER) from error
