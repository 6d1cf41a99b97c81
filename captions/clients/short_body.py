"""Bodies of which little is wanted: an offer, or a small JSON."""

from django.http import HttpRequest


def short_body(request: HttpRequest, most_bytes: int) -> bytes | None:
    """The body; None if it is longer than `most_bytes`, and then not read to its end.

    Of a body that was too long for the server to keep there is only the length.
    """
    stated = request.META.get("CONTENT_LENGTH") or ""
    if stated.isdecimal() and int(stated) > most_bytes:
        return None
    body = request.read(most_bytes + 1)
    return body if len(body) <= most_bytes else None
