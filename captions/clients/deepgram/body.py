"""The body of `POST /v1/listen`: a file as it is, or raw samples."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ...audio.containers import file_format_of
from ...audio.pcm_stream import Encoding, PcmFormatError
from ...audio.wav import wav_head
from ...core.json_text import decoded
from ...dialects.deepgram.asking import Ask
from ...tokens.admission import Refusal
from ..roads.probe import not_decodable
from ..roads.size import check_length, too_large

_CHUNK = 1 << 16


def received(request: HttpRequest, path: Path, ask: Ask) -> str:
    """Writes the body to `path`, raw samples as a WAV file; returns the body's SHA-256. Raises Refusal, and OSError."""
    most = int(settings.LIMIT_UPLOAD_MB) * 1_000_000
    check_length(request, most)
    first = request.read(_CHUNK)
    if not first:
        raise Refusal(400, "invalid", _("The request has no body. Send the file itself as its body."))
    if _names_a_url(first):
        # To fetch what somebody names would open the network of this server to them.
        sentence = _("Files are not fetched from a URL here. Send the file itself.")
        raise Refusal(400, "invalid", sentence, param="url")
    raw = _raw(first, ask)
    sum_, size, chunk = hashlib.sha256(), 0, first
    with path.open("wb") as file:
        file.seek(len(_head(raw, ask, 0)))
        while chunk:
            size += len(chunk)
            if size > most:
                raise too_large()
            sum_.update(chunk)
            file.write(chunk)
            chunk = request.read(_CHUNK)
        file.seek(0)
        file.write(_head(raw, ask, size))
    return sum_.hexdigest()


def _raw(first: bytes, ask: Ask) -> Encoding | None:
    """The encoding, if these are samples. A file is one whatever the client says of it. Raises Refusal."""
    if ask.encoding == "container" or file_format_of(first):
        return None
    if ask.encoding == "opus":
        raise not_decodable(_("Opus packets in a file need a container, such as Ogg or WebM."))
    return ask.encoding


def _head(raw: Encoding | None, ask: Ask, size: int) -> bytes:
    """What is to stand before the body: nothing before a file. Raises Refusal."""
    try:
        return wav_head(raw, ask.rate, ask.channels, size) if raw else b""
    except PcmFormatError as error:
        raise Refusal(400, "invalid", str(error)) from error


def _names_a_url(data: bytes) -> bool:
    try:
        sent = decoded(data)
    except ValueError:
        return False
    return isinstance(sent, dict) and "url" in sent
