"""Refusals in the form that Deepgram's clients read: `{"err_code", "err_msg", "request_id"}`.

See https://developers.deepgram.com/docs/errors.
"""

import structlog
from django.http import HttpResponse, JsonResponse

from ...tokens.admission import Refusal

# Deepgram's code of each refusal.
_CODES = {
    "invalid_token": "INVALID_AUTH",
    "insufficient_scope": "INSUFFICIENT_PERMISSIONS",
    "insecure": "INSUFFICIENT_PERMISSIONS",
    "rate_limited": "TOO_MANY_REQUESTS",
    "too_many_sessions": "TOO_MANY_REQUESTS",
    "file_too_large": "PAYLOAD_TOO_LARGE",
    "invalid": "Bad Request",
    "invalid_value": "Bad Request",
    "not_decodable": "DATA-0000",
    "silent": "NET-0001",
}


def code_of(refusal: Refusal) -> str:
    """What Deepgram calls it; our own code where it has no name for it."""
    return _CODES.get(refusal.code, refusal.code.upper())


class Deepgram:
    name = "deepgram"

    def refusal(self, refusal: Refusal) -> HttpResponse:
        response = JsonResponse(
            {
                "err_code": code_of(refusal),
                "err_msg": refusal.sentence,
                "request_id": structlog.contextvars.get_contextvars().get("request", ""),
            },
            status=refusal.status,
            json_dumps_params={"ensure_ascii": False},
        )
        refusal.put_on(response)
        return response


DEEPGRAM = Deepgram()
