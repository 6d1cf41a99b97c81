"""The sound of a file that a client has sent, as samples."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from ...asr.offline.bounded import BoundedSound
from ...asr.offline.decoder import DecodeRequest
from ...asr.offline.media_error import MediaError
from ...audio.containers import HEAD_BYTES, container_of
from ...audio.pcm_stream import PcmFormatError, PcmStream
from ...core.interface_language import translated
from ...dialects.deepgram.asking import Ask
from ...speech.ring import Samples
from ...speech.types import SAMPLE_RATE
from ...tokens.admission import Refusal

_CHUNK = 1 << 16
# Silence of a recording in which sound is missing comes in such pieces.
_SECOND = SAMPLE_RATE


def pieces(path: Path, ask: Ask) -> Iterator[Samples]:
    """Pieces of the file's sound, int16 mono at 16 kHz of shape (n,). Raises Refusal, at first or in between.

    What is in a container is known by its beginning, whatever encoding the client says.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if ask.encoding == "container" or container_of(head):
        return _decoded(path)
    if ask.encoding == "opus":
        raise _not_decodable(_("Opus packets in a file need a container, such as Ogg or WebM."))
    try:
        return _raw(path, PcmStream(ask.encoding, ask.rate, ask.channels))
    except PcmFormatError as error:
        raise Refusal(400, "invalid", str(error)) from error


def _decoded(path: Path) -> Iterator[Samples]:
    request = DecodeRequest(os.fsencode(path), _("The file"), settings.LIMIT_UPLOAD_SECONDS)
    try:
        with BoundedSound(request) as sound:
            for piece in sound.sound():
                yield from _silence(piece) if isinstance(piece, int) else (piece,)
    except MediaError as error:
        raise _not_decodable(translated(error.text, error.values)) from error


def _raw(path: Path, stream: PcmStream) -> Iterator[Samples]:
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            yield stream.push(data)
    yield stream.flush()


def _silence(samples: int) -> Iterator[Samples]:
    while samples > 0:
        yield np.zeros(min(samples, _SECOND), np.int16)
        samples -= _SECOND


def _not_decodable(sentence: str) -> Refusal:
    return Refusal(400, "not_decodable", sentence)
