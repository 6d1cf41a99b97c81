"""The socket of `/vosk/`: a piece of sound in, an answer out. `dialects.vosk` has the words."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from ...audio.pcm_stream import PcmFormatError, PcmStream
from ...core.cancellation import cancel_and_wait
from ...core.vocabulary import entries_among
from ...dialects.vosk import Answers, Config, End, Reset, VoskError, command
from ...live.feed.admission import of_account
from ...live.feed.stream import SoundStream
from ...models import ApiToken, Scope
from ...protocol.feed_frames import Listen
from ...tokens.admission import Refusal
from ..sockets.consumer import TokenConsumer

log = structlog.get_logger(__name__)

_TEXT_SECONDS = 60.0
"""How long the text after the last sound may take."""


class VoskConsumer(TokenConsumer):
    """A session begins with the first sound, so that the language model knows all that was said to expect."""

    dialect = "vosk"
    scope_needed = Scope.LIVE

    _stream: SoundStream | None = None
    _telling: asyncio.Task[str] | None = None
    _is_ending = False

    def sent_token(self) -> str:
        """That of the address, since no client of Vosk sends one elsewhere; or where others send it."""
        kwargs = self.scope["url_route"]["kwargs"]
        return str(kwargs["token"]) if "token" in kwargs else super().sent_token()

    async def identified(self) -> ApiToken:
        token = await super().identified()
        if "token" in self.scope["url_route"]["kwargs"] and set(token.scopes) != {Scope.LIVE}:
            # Addresses are written into logs and histories of other programs.
            sentence = _("In an address, use an API token that may do nothing but dictate.")
            raise Refusal(403, "insufficient_scope", sentence)
        return token

    async def opened(self, token: ApiToken) -> None:
        self._config = Config()
        self._answers = Answers()
        self._pcm = _decoder(self._config)
        self._flushed = asyncio.Event()

    async def text(self, data: str) -> None:
        try:
            match command(data):
                case End():
                    await self._end()
                case Reset():
                    await self._reset()
                case wanted:
                    await self._configure(self._config.changed(wanted))
        except VoskError as error:
            raise Refusal(400, "invalid", str(error)) from error

    async def sound(self, data: bytes) -> None:
        if self._is_ending:
            return
        stream = self._stream or await self._begin()
        await stream.push(self._pcm.push(data))
        await self.send(self._answers.next(words=self._config.words))

    async def refuse(self, refusal: Refusal) -> None:
        # Of a token that opens nothing, the handshake says so; all else is told in words.
        if refusal.code != "invalid_token":
            await self.accept()
            await self.fault(refusal)

    async def fault(self, refusal: Refusal) -> None:
        """The protocol has no errors: the sentence is the reason of the close."""
        await self.close(1011 if refusal.status >= 500 else 1008, refusal.sentence)

    async def lost_token(self, sentence: str) -> None:
        await self.close(4401, sentence)

    async def restarting(self) -> None:
        # An end that was asked for is waited for; the process gives it that long.
        if not self._is_ending:
            await super().restarting()

    async def closed(self, code: int) -> None:
        if self._telling is not None:
            await cancel_and_wait([self._telling])
        if self._stream is not None:
            await self._stream.close()

    def _listen(self) -> Listen:
        return Listen(settings.WHISPER_LANGUAGE, vocabulary=entries_among(self._config.phrases))

    async def _begin(self) -> SoundStream:
        assert self.token is not None
        self._stream = stream = await SoundStream.open(
            self.token, self._listen(), kept=self.token.keep_history
        )
        log.info("vosk_listens", session=str(stream.session.id))
        self._telling = asyncio.create_task(self._attempt(self._tell(stream)))
        return stream

    async def _configure(self, config: Config) -> None:
        before, self._config = self._config, config
        if config.rate != before.rate:
            left = self._pcm.flush()
            self._pcm = _decoder(config)
            if self._stream is not None:
                await self._stream.push(left)
        if config.phrases != before.phrases and self._stream is not None and self.token is not None:
            await self._stream.listen(of_account(self.token.user, self._listen()))

    async def _end(self) -> None:
        self._is_ending = True
        if self._stream is not None and self._telling is not None:
            await self._stream.push(self._pcm.flush())
            await self._stream.end()
            await _in_time(asyncio.wait([self._telling]))
        await self.send(self._answers.rest(words=self._config.words))
        await self.close(1000)

    async def _reset(self) -> None:
        if self._stream is not None:
            self._flushed.clear()
            await self._stream.flush()
            await _in_time(self._flushed.wait())
        await self.send(self._answers.rest(words=self._config.words))

    async def _tell(self, stream: SoundStream) -> None:
        async for message in stream:
            self._answers.hear(message)
            match message:
                case {"type": "flushed"}:
                    self._flushed.set()
                case {"type": "error", "code": "worker_lost", "message": sentence}:
                    raise Refusal(503, "worker_lost", sentence)
                case {"type": "media", "state": "ended", "reason": reason} if reason != "stopped":
                    sentence = _("The session has ended. Connect again to go on.")
                    raise Refusal(503, f"session_{reason}", sentence)


async def _in_time(text: Awaitable[Any]) -> None:
    """Waits for all text of the sound so far. Raises Refusal."""
    try:
        async with asyncio.timeout(_TEXT_SECONDS):
            await text
    except TimeoutError as error:
        raise Refusal(503, "busy", _("The text took too long. Try again in a minute.")) from error


def _decoder(config: Config) -> PcmStream:
    """Raises VoskError."""
    try:
        return PcmStream("s16", config.rate)
    except PcmFormatError as error:
        raise VoskError(str(error)) from error
