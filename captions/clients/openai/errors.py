"""Refusals in the form that OpenAI's clients read: `{"error": {"message", "type", "param", "code"}}`.

See https://platform.openai.com/docs/guides/error-codes. The official clients repeat 408, 409, 429 and 5xx twice, unless
`x-should-retry` says no.
"""

import math
from typing import Any

from django.http import HttpResponse, JsonResponse

from ...tokens.admission import Refusal

# OpenAI's type and code of each refusal; what is not here keeps its own code.
_TYPES = {
    "invalid_token": ("invalid_request_error", "invalid_api_key"),
    "insufficient_scope": ("invalid_request_error", "insufficient_permissions"),
    "rate_limited": ("requests", "rate_limit_exceeded"),
    "too_many_sockets": ("requests", "rate_limit_exceeded"),
    "too_many_sessions": ("requests", "rate_limit_exceeded"),
    "unavailable": ("server_error", "overloaded"),
    "too_late": ("server_error", "overloaded"),
    "busy": ("server_error", "overloaded"),
    "loading": ("server_error", "model_loading"),
    "model_unavailable": ("server_error", "model_unavailable"),
    "failed": ("server_error", "server_error"),
    "not_decodable": ("invalid_request_error", "invalid_value"),
}
# Where a client would otherwise send the same file again, in vain.
_NEVER_AGAIN = ("file_too_large", "file_too_long", "model_unavailable", "too_late")


def error_of(refusal: Refusal) -> dict[str, Any]:
    """The refusal as OpenAI's clients read it."""
    kind, code = _TYPES.get(refusal.code, ("invalid_request_error", refusal.code))
    return {"message": refusal.sentence, "type": kind, "param": refusal.param or None, "code": code}


class OpenAi:
    name = "openai"

    def body(self, refusal: Refusal) -> dict[str, Any]:
        return {"error": error_of(refusal)}

    def refusal(self, refusal: Refusal) -> HttpResponse:
        response = JsonResponse(
            self.body(refusal), status=refusal.status, json_dumps_params={"ensure_ascii": False}
        )
        refusal.put_on(response)
        if refusal.retry_after is not None:
            response["retry-after-ms"] = str(math.ceil(refusal.retry_after * 1000))
        if refusal.code in _NEVER_AGAIN:
            response["x-should-retry"] = "false"
        return response


OPENAI = OpenAi()
