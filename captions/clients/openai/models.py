"""`GET /v1/models`: the loaded model, and OpenAI's names, which all mean it."""

from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from ...models import ApiToken
from ...tokens.admission import Refusal
from ...tokens.endpoint import endpoint
from ..loaded import loaded_models
from .errors import OPENAI

ALIASES = (
    "whisper-1",
    "gpt-transcribe",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-realtime-whisper",
    "gpt-live-transcribe",
)
# Clients only show it; OpenAI has the day on which it made the model. Here, when Whisper was published.
_CREATED = 1663718400


@endpoint(OPENAI, "GET", scope=None)
async def models(request: HttpRequest, token: ApiToken) -> JsonResponse:
    """All names of models that are understood, the one that is loaded first."""
    names = [*await sync_to_async(loaded_models)(), *ALIASES]
    return JsonResponse({"object": "list", "data": [_model(name) for name in dict.fromkeys(names)]})


@endpoint(OPENAI, "GET", scope=None)
async def model(request: HttpRequest, token: ApiToken, name: str) -> JsonResponse:
    """One model; 404 for a name that is not listed."""
    if name not in (*await sync_to_async(loaded_models)(), *ALIASES):
        raise no_model(name)
    return JsonResponse(_model(name))


def no_model(name: str) -> Refusal:
    sentence = _("There is no model “%(name)s” here.") % {"name": name[:100]}
    return Refusal(404, "model_not_found", sentence, param="model")


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": "whisperstream"}
