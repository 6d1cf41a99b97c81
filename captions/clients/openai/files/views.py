"""`POST /v1/audio/transcriptions` and `/translations`. See docs/openai.md."""

from contextlib import AsyncExitStack

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from ....asr.speakers.sherpa import is_installed
from ....models import ApiToken, Scope
from ....protocol.feed_frames import Listen
from ....tokens.endpoint import endpoint
from ....uploads.requests.waiting import waiting
from ...roads.choice import all_of, hear
from ...roads.hearing import Wanted
from ..errors import OPENAI
from ..hops import hops_of
from .answers import streamed, whole
from .checks import check
from .form import receive, vocabulary


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
    async with AsyncExitStack() as stack:
        file = await stack.enter_async_context(waiting(token))
        hops = hops_of(request.headers)
        asked, name = await sync_to_async(receive)(request, file.path, translate=translate)
        await check(asked)
        wanted = Wanted(
            Listen(asked.language, asked.endpointing, vocabulary(asked), asked.prompt, hops),
            name,
            translate=translate,
            tell_speakers=asked.format == "diarized_json" and is_installed(),
            as_it_comes=asked.stream,
            otherwise=_("Or send it with stream=true."),
        )
        hearing = await hear(stack, token, file, wanted)
        if asked.stream:
            return streamed(asked, hearing, stack.pop_all())
        return whole(asked, hearing, await all_of(hearing, wanted))
