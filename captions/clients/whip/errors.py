"""Refusals as problem details (RFC 9457), which RFC 9725 recommends."""

from http import HTTPStatus

from django.http import HttpResponse, JsonResponse

from ...tokens.admission import Refusal


class Whip:
    name = "whip"

    def refusal(self, refusal: Refusal) -> HttpResponse:
        response = JsonResponse(
            {
                "type": "about:blank",
                "title": HTTPStatus(refusal.status).phrase,
                "status": refusal.status,
                "detail": refusal.sentence,
                "code": refusal.code,
            },
            status=refusal.status,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
        refusal.put_on(response)
        return response


WHIP = Whip()
