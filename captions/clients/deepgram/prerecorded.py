"""`POST /v1/listen`: a file in, all that is heard in it out."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from ...dialects.deepgram import answers
from ...dialects.deepgram.answers import About
from ...dialects.deepgram.prerecorded import answer
from ...live.feed.stream import SoundStream
from ...models import ApiToken, Scope
from ...tokens.endpoint import endpoint
from ..loaded import loaded_model
from .body import received
from .errors import DEEPGRAM
from .file_sound import pieces
from .hearing import heard
from .wish import wish_of

# A worker without room may have some soon; a client waits longer than a person would.
_WAIT_SECONDS = 20.0


@endpoint(DEEPGRAM, "POST", scope=Scope.TRANSCRIBE)
async def listen(request: HttpRequest, token: ApiToken) -> JsonResponse:
    wish = await sync_to_async(wish_of)(request.META.get("QUERY_STRING", ""))
    created = timezone.now()
    with TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        body = await asyncio.to_thread(received, request, Path(folder) / "sound")
        sound = pieces(body.path, wish.ask)
        stream = await SoundStream.open(
            token, wish.listen, kept=token.keep_history, wait_seconds=_WAIT_SECONDS
        )
        async with stream:
            finals, duration_ms = await heard(stream, sound)
    metadata = answers.metadata(
        About(str(stream.session.id), await sync_to_async(loaded_model)()),
        sha256=body.sha256,
        created=created,
        duration_ms=duration_ms,
        channels=wish.ask.channels,
    )
    return JsonResponse(answer(wish.ask, finals, metadata), json_dumps_params={"ensure_ascii": False})


@endpoint(DEEPGRAM, "GET", "HEAD", "POST", scope=None)
async def flux(request: HttpRequest, token: ApiToken) -> HttpResponseBase:
    """What Deepgram has for turns of a conversation, and this product has not."""
    raise Http404
