"""The audio tracks of a file, and which of them is listened to: as players do, but none that is silent."""

from collections.abc import Sequence
from dataclasses import dataclass

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition

from ...audio.levels import power

# A track is audible where 20 ms of it are as loud as this, about -55 dB.
_AUDIBLE = 3e-6
# A track may begin silent, and somebody may be silent for long: it is listened to at so many places.
_PLACES = 12
_SECONDS = 3.0
_MOST_PACKETS = 3_000
_LONGEST_TAG = 100
# What is in a track for some listeners only.
_ASIDE = Disposition.comment | Disposition.visual_impaired | Disposition.hearing_impaired | Disposition.dub


@dataclass(frozen=True, slots=True)
class Track:
    """An audio track; `number` counts the audio tracks of the file from 1. The file may say a language and a title."""

    number: int
    language: str = ""
    title: str = ""


def decodable(container: InputContainer) -> list[AudioStream]:
    """The audio streams whose codec is known."""
    return [each for each in container.streams.audio if getattr(each, "codec_context", None) is not None]


def number_of(container: InputContainer, stream: AudioStream) -> int:
    return [each.index for each in container.streams.audio].index(stream.index) + 1


def track_of(container: InputContainer, stream: AudioStream) -> Track:
    language = stream.language or ""
    return Track(
        number_of(container, stream),
        "" if language == "und" else language[:_LONGEST_TAG],
        stream.metadata.get("title", "").strip()[:_LONGEST_TAG],
    )


def audible(container: InputContainer, streams: Sequence[AudioStream]) -> list[AudioStream]:
    """Those of the streams that are not silent. Reads the container at several places; it is of no other use then."""
    silent = {each.index: each for each in streams}
    begin = container.start_time or 0
    length = container.duration or 0
    for place in range(_PLACES if length else 1):
        if not silent:
            break
        try:
            if place:
                container.seek(begin + length * place // _PLACES)
            _listen(container, silent)
        except (av.FFmpegError, ValueError, RuntimeError):
            continue
    return [each for each in streams if each.index not in silent]


def chosen(streams: Sequence[AudioStream]) -> AudioStream:
    """The stream that a player would take: the default one, else the first that is meant for everybody."""
    return min(
        streams,
        key=lambda each: (
            not each.disposition & Disposition.default,
            bool(each.disposition & _ASIDE),
            each.index,
        ),
    )


def _listen(container: InputContainer, silent: dict[int, AudioStream]) -> None:
    """Listens to the next seconds, and removes the streams that can be heard."""
    until: float | None = None
    for count, packet in enumerate(container.demux(list(silent.values()))):
        if not silent or count > _MOST_PACKETS:
            return
        if packet.stream.index not in silent:
            continue
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError, RuntimeError):
            continue
        for frame in frames:
            assert isinstance(frame, av.AudioFrame)
            if power(frame) > _AUDIBLE:
                silent.pop(packet.stream.index, None)
            if frame.time is not None:
                until = frame.time + _SECONDS if until is None else until
                if frame.time > until:
                    return
