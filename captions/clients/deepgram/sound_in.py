"""The sound of a socket, in each form in which it may come, as mono 16 kHz samples."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import numpy as np
from django.utils.translation import gettext as _

from ...asr.offline.decoded_stream import DecodedStream
from ...asr.offline.media_error import MediaError
from ...asr.offline.resampling import MonoResampler
from ...audio.pcm_stream import PcmFormatError, PcmStream
from ...core.cancellation import cancel_and_wait
from ...core.interface_language import translated
from ...dialects.deepgram.asking import Ask
from ...speech.ring import Samples
from ...tokens.admission import Refusal
from ...webrtc.decoder import PacketDecoder
from ...webrtc.jitter import AudioPacket, Release

# A client whose packets are none is told so after that many in a row.
_MOST_FAILURES = 20

PassOn = Callable[[Samples], Awaitable[None]]
Fault = Callable[[Refusal], Awaitable[None]]


class SoundIn(Protocol):
    """Takes messages as they come, and passes samples on: int16 of shape (n,). To be closed."""

    async def push(self, data: bytes) -> None:
        """Waits while the sound before it is not taken. Raises Refusal for what is no sound."""

    async def end(self) -> None:
        """Passes on what was held back: no more comes."""

    async def close(self) -> None: ...


def sound_in(ask: Ask, pass_on: PassOn, fault: Fault) -> SoundIn:
    """Raises Refusal; `fault` is called once with what is found out later."""
    match ask.encoding:
        case "container":
            return Container(pass_on, fault)
        case "opus":
            return Packets(pass_on)
        case encoding:
            try:
                return Raw(PcmStream(encoding, ask.rate, ask.channels), pass_on)
            except PcmFormatError as error:
                raise Refusal(400, "invalid", str(error)) from error


class Raw:
    """Samples, in pieces that end anywhere."""

    def __init__(self, stream: PcmStream, pass_on: PassOn) -> None:
        self._stream = stream
        self._pass_on = pass_on

    async def push(self, data: bytes) -> None:
        await self._pass_on(self._stream.push(data))

    async def end(self) -> None:
        await self._pass_on(self._stream.flush())

    async def close(self) -> None:
        """Does nothing."""


class Packets:
    """Opus packets, one a message."""

    def __init__(self, pass_on: PassOn) -> None:
        self._pass_on = pass_on
        self._decoder = PacketDecoder()
        self._resampler = MonoResampler()
        self._failures = 0

    async def push(self, data: bytes) -> None:
        frames = self._decoder.decode(Release(AudioPacket(0, 0, 0, data, arrived=0.0)))
        self._failures = 0 if frames else self._failures + 1
        if self._failures >= _MOST_FAILURES:
            raise _not_decodable(_("The messages are no Opus packets. Send one packet in each."))
        await self._pass_on(_joined([piece for frame in frames for piece in self._resampler.push(frame)]))

    async def end(self) -> None:
        await self._pass_on(_joined(list(self._resampler.flush())))

    async def close(self) -> None:
        """Does nothing."""


class Container:
    """A file that is still being written. What is in it comes to light in a process of its own."""

    def __init__(self, pass_on: PassOn, fault: Fault) -> None:
        self._pass_on = pass_on
        self._fault = fault
        self._decoded: DecodedStream | None = None
        self._passing: asyncio.Task[None] | None = None

    async def push(self, data: bytes) -> None:
        if self._decoded is None:
            self._decoded = await DecodedStream.start()
            self._passing = asyncio.create_task(self._pass(self._decoded))
        await self._decoded.push(data)

    async def end(self) -> None:
        if self._decoded is not None and self._passing is not None:
            self._decoded.end()
            await asyncio.wait([self._passing])

    async def close(self) -> None:
        if self._decoded is not None and self._passing is not None:
            await cancel_and_wait([self._passing])
            await self._decoded.close()

    async def _pass(self, decoded: DecodedStream) -> None:
        try:
            async for samples in decoded.sound():
                await self._pass_on(samples)
        except MediaError as error:
            await self._fault(_not_decodable(translated(error.text, error.values)))


def _joined(pieces: list[Samples]) -> Samples:
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)


def _not_decodable(sentence: str) -> Refusal:
    return Refusal(400, "not_decodable", sentence)
