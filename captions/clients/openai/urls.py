from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from ...models import ApiToken
from ...tokens.endpoint import endpoint
from .errors import OPENAI
from .files.views import transcriptions, translations
from .models import model, models
from .realtime import calls as realtime_calls
from .realtime import views as realtime

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@endpoint(OPENAI, *_METHODS, scope=None)
async def nothing(request: HttpRequest, token: ApiToken, rest: str) -> HttpResponseBase:
    """What OpenAI has and this product has not, said in the form that its clients read."""
    raise Http404


urlpatterns = [
    path("models", models, name="openai-models"),
    path("models/<path:name>", model, name="openai-model"),
    path("realtime/client_secrets", realtime.client_secrets, name="openai-client-secrets"),
    path(
        "realtime/transcription_sessions",
        realtime.transcription_sessions,
        name="openai-transcription-sessions",
    ),
    path("realtime/sessions", realtime.sessions, name="openai-realtime-sessions"),
    path("realtime/calls", realtime_calls.call, name="openai-calls"),
    path("realtime/calls/<str:name>/hangup", realtime_calls.hang_up, name="openai-hang-up"),
    # As it was before there were calls.
    path("realtime", realtime_calls.call, name="openai-realtime"),
    path("audio/transcriptions", transcriptions, name="openai-transcriptions"),
    path("audio/translations", translations, name="openai-translations"),
    path("<path:rest>", nothing),
]
