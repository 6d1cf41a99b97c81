"""The body of `POST /v1/listen`: a file as it is, which is put where another process can read it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ...tokens.admission import Refusal

_CHUNK = 1 << 16
_JSON_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Body:
    path: Path
    sha256: str


def received(request: HttpRequest, path: Path) -> Body:
    """The body, written to `path`. Raises Refusal, and OSError."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    most = int(settings.LIMIT_UPLOAD_MB) * 1_000_000
    if not length.isdecimal() or int(length) > most:
        raise _too_large()
    sum_, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        while chunk := request.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise _too_large()
            sum_.update(chunk)
            file.write(chunk)
    if not size:
        raise Refusal(400, "invalid", _("The request has no body. Send the file itself as its body."))
    if size <= _JSON_BYTES and _names_a_url(path.read_bytes()):
        # To fetch what somebody names would open the network of this server to them.
        raise Refusal(
            400, "invalid", _("Files are not fetched from a URL here. Send the file itself."), param="url"
        )
    return Body(path, sum_.hexdigest())


def _names_a_url(data: bytes) -> bool:
    try:
        sent = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(sent, dict) and "url" in sent


def _too_large() -> Refusal:
    sentence = _("The file is larger than %(size)s MB. Split it, or save only its audio.")
    return Refusal(413, "payload_too_large", sentence % {"size": settings.LIMIT_UPLOAD_MB})
