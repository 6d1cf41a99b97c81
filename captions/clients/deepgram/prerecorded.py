"""`POST /v1/listen`: a file in, all that is heard in it out."""

from contextlib import AsyncExitStack

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from ...asr.speakers.sherpa import is_installed
from ...dialects.deepgram import answers
from ...dialects.deepgram.answers import About
from ...dialects.deepgram.prerecorded import answer
from ...models import ApiToken, Scope
from ...tokens.endpoint import endpoint
from ...uploads.requests.waiting import waiting
from ..loaded import loaded_model
from ..roads.choice import all_of, hear
from ..roads.hearing import Wanted
from .body import received
from .errors import DEEPGRAM
from .wish import wish_of


@endpoint(DEEPGRAM, "POST", scope=Scope.TRANSCRIBE)
async def listen(request: HttpRequest, token: ApiToken) -> JsonResponse:
    wish = await sync_to_async(wish_of)(request.META.get("QUERY_STRING", ""))
    created = timezone.now()
    async with AsyncExitStack() as stack:
        file = await stack.enter_async_context(waiting(token))
        sha256 = await sync_to_async(received)(request, file.path, wish.ask)
        wanted = Wanted(wish.listen, tell_speakers=wish.ask.diarize and is_installed())
        hearing = await hear(stack, token, file, wanted)
        passages = await all_of(hearing, wanted)
    metadata = answers.metadata(
        About(str(hearing.id), await sync_to_async(loaded_model)()),
        sha256=sha256,
        created=created,
        duration_ms=round(hearing.seconds * 1000),
        channels=wish.ask.channels,
    )
    return JsonResponse(answer(wish.ask, passages, metadata), json_dumps_params={"ensure_ascii": False})


@endpoint(DEEPGRAM, "GET", "HEAD", "POST", scope=None)
async def flux(request: HttpRequest, token: ApiToken) -> HttpResponseBase:
    """What Deepgram has for turns of a conversation, and this product has not."""
    raise Http404
