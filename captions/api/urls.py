"""The API itself, under /api/v1/."""

from typing import Any

from ninja import NinjaAPI, Router

from . import actions, schemas, search, sessions, uploads, webhooks
from .frame import READS, TokenRequest, answer_errors, framed

api = NinjaAPI(
    title="WhisperStream",
    version="1",
    description="Transcripts, search, exports, files, webhooks and actions of one account, with an API token.",
    urls_namespace="api",
    docs_url=None,
    openapi_url="openapi.json",
)
answer_errors(api)
api.add_decorator(framed, mode="view")
api.add_router("/sessions", sessions.router)
api.add_router("/search", search.router)
api.add_router("/uploads", uploads.router)
api.add_router("/webhooks", webhooks.router)
api.add_router("/actions", actions.router)

_token = Router(tags=["token"])


@_token.get("", response=schemas.TokenOut, auth=READS, summary="Read what the token is")
def token(request: TokenRequest) -> dict[str, Any]:
    """What the token of this request may do, and until when."""
    mine = request.auth
    return {
        "name": mine.name,
        "begins": mine.shown,
        "scopes": mine.scopes,
        "created_at": mine.created_at,
        "expires_at": mine.expires_at,
    }


api.add_router("/token", _token)
