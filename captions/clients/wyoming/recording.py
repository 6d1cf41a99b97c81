"""One recording of a Wyoming client: its sound on the way to an audio worker, and its text on the way back."""

import asyncio
from collections.abc import Callable

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from ...audio.pcm_stream import Encoding, PcmFormatError, PcmStream
from ...core.cancellation import cancel_and_wait
from ...core.vocabulary import entries_among
from ...dialects import wyoming
from ...dialects.wyoming import Event, SoundFormat, Transcript, Wish, WyomingError
from ...live.feed.stream import SoundStream
from ...models import User
from ...protocol.feed_frames import Listen
from ...protocol.messages import MessageError
from ...speech.types import SAMPLE_RATE
from .describing import known_languages

log = structlog.get_logger(__name__)

_ENCODINGS: dict[int, Encoding] = {2: "s16", 4: "s32"}
_TEXT_SECONDS = 60.0
"""How long the text after the last sound may take."""

Say = Callable[[bytes], None]


# Why a session ends of which all was heard.
_WHOLE = ("stopped", "silence")


class Recording:
    """Takes the events of one connection. Methods raise WyomingError, MessageError and what stores raise.

    `say` writes without waiting: what grows meanwhile (`say_growth`, which may drop it), and the whole text.
    """

    def __init__(self, user: User, *, kept: bool, most_seconds: float, say: Say, say_growth: Say) -> None:
        self._user = user
        self._kept = kept
        self._samples_left = int(most_seconds * SAMPLE_RATE)
        self._say = say
        self._say_growth = say_growth
        self._wish = Wish()
        self._format = SoundFormat()
        self._pcm: PcmStream | None = None
        self._stream: SoundStream | None = None
        self._telling: asyncio.Task[None] | None = None

    @property
    def has_begun(self) -> bool:
        return self._stream is not None

    async def take(self, event: Event) -> None:
        """Takes an event; those that are not about a recording are ignored."""
        match event.type:
            case "transcribe" if self._stream is None:
                self._wish = Wish.of(event.data, await known_languages())
            case "transcribe":
                raise WyomingError("transcribe must come before the sound.")
            case "audio-start":
                await self._start(SoundFormat.of(event.data))
            case "audio-chunk":
                await self._hear(event)

    async def stop(self) -> None:
        """Returns when the whole text was told."""
        if self._stream is None or self._pcm is None or self._telling is None:
            raise WyomingError("audio-stop must come after sound.")
        await self._stream.push(self._pcm.flush())
        await self._stream.end()
        try:
            async with asyncio.timeout(_TEXT_SECONDS):
                await self._telling
        except TimeoutError as error:
            raise MessageError("busy", _("The text took too long. Try again in a minute.")) from error

    async def close(self) -> None:
        if self._telling is not None:
            await cancel_and_wait([self._telling])
            if not self._telling.cancelled():
                # Nobody else may have asked for its error.
                self._telling.exception()
        if self._stream is not None:
            await self._stream.close()

    async def _start(self, sound: SoundFormat) -> None:
        if self._stream is not None:
            raise WyomingError("A connection is for one recording.")
        self._format, self._pcm = sound, _decoder(sound)
        listen = Listen(
            self._wish.language or settings.WHISPER_LANGUAGE, vocabulary=entries_among(self._wish.words)
        )
        self._stream = await SoundStream.open(self._user, listen, kept=self._kept)
        self._telling = asyncio.create_task(self._tell(self._stream))
        log.info("wyoming_listens", session=str(self._stream.session.id), user=self._user.pk)

    async def _hear(self, event: Event) -> None:
        if self._stream is None:
            # wyoming-faster-whisper does without audio-start, too.
            await self._start(SoundFormat.of(event.data))
        assert self._stream is not None
        assert self._pcm is not None
        assert self._telling is not None
        if event.data.keys() & {"rate", "width", "channels"} and SoundFormat.of(event.data) != self._format:
            raise WyomingError("The format of the sound must not change.")
        samples = self._pcm.push(event.payload)
        self._samples_left -= samples.size
        if self._samples_left < 0:
            raise WyomingError("The recording is longer than it may be.")
        if self._telling.done():
            # Raises, if the recording was lost; else nobody listens after a long silence.
            self._telling.result()
        await self._stream.push(samples)

    async def _tell(self, stream: SoundStream) -> None:
        """Tells the text as it grows, and all of it at the end."""
        transcript = Transcript(self._wish.language)
        has_grown = False
        async for message in stream:
            if added := transcript.hear(message):
                if not has_grown:
                    self._say(wyoming.packed("transcript-start"))
                has_grown = True
                self._say_growth(wyoming.packed("transcript-chunk", text=added))
            match message:
                case {"type": "error", "code": "worker_lost", "message": sentence}:
                    raise MessageError("worker_lost", sentence, retryable=True)
                case {"type": "media", "state": "ended", "reason": reason} if reason not in _WHOLE:
                    sentence = _("The session has ended. Connect again to go on.")
                    raise MessageError(f"session_{reason}", sentence, retryable=True)
        language = {"language": transcript.language} if transcript.language else {}
        self._say(wyoming.packed("transcript", text=transcript.text, **language))
        if has_grown:
            self._say(wyoming.packed("transcript-stop"))


def _decoder(sound: SoundFormat) -> PcmStream:
    if sound.width not in _ENCODINGS:
        raise WyomingError("width must be 2 or 4 bytes.")
    try:
        return PcmStream(_ENCODINGS[sound.width], sound.rate, sound.channels)
    except PcmFormatError as error:
        raise WyomingError(str(error)) from error
