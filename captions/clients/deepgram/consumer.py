"""The socket of `/v1/listen`: sound in, what is heard out. `dialects.deepgram` has the words."""

import asyncio
import hashlib
import json
import time
from collections.abc import Iterable

import structlog
from asgiref.sync import sync_to_async
from django.utils import timezone
from django.utils.translation import gettext as _

from ...core.cancellation import cancel_and_wait
from ...core.interface_language import translated
from ...dialects.deepgram import answers
from ...dialects.deepgram.answers import About, Message
from ...dialects.deepgram.commands import (
    CloseStream,
    CommandError,
    Configure,
    Finalize,
    KeepAlive,
    command,
)
from ...dialects.deepgram.conversation import Conversation
from ...live.feed.admission import of_account
from ...live.feed.stream import SoundStream
from ...models import ApiToken, Scope
from ...protocol.feed_frames import Listen
from ...speech.ring import Samples
from ...speech.types import SAMPLES_PER_MS
from ...tokens.admission import Refusal
from ..loaded import loaded_model
from ..sockets.consumer import TokenConsumer
from .errors import DEEPGRAM, code_of
from .sound_in import SoundIn, sound_in
from .wish import TooManyTermsError, vocabulary, wish_of

log = structlog.get_logger(__name__)

SILENT_SECONDS = 10.0
"""How long a client may send neither sound nor a sign of life."""
_LAST_WORDS_SECONDS = 5.0


class ListenSocket(TokenConsumer):
    dialect = DEEPGRAM.name
    scope_needed = Scope.LIVE

    _stream: SoundStream | None = None
    _sound: SoundIn | None = None
    _telling: asyncio.Task[str] | None = None

    async def opened(self, token: ApiToken) -> None:
        query = self.scope["query_string"].decode("latin-1")
        wish = await sync_to_async(wish_of)(query)
        self._sound = sound_in(wish.ask, self._pass_on, self.fault)
        self._stream = await SoundStream.open(token, wish.listen, kept=token.keep_history)
        session = str(self._stream.session.id)
        log.info("deepgram_listens", session=session, encoding=wish.ask.encoding)
        self._about = About(session, await sync_to_async(loaded_model)())
        self._conversation = Conversation(wish.ask, self._about)
        self._listen, self._channels = wish.listen, wish.ask.channels
        self._created, self._hash, self._samples = timezone.now(), hashlib.sha256(), 0
        self._is_ended, self._close_code = False, 1000
        self._sign_at: float | None = time.monotonic()
        self._telling = asyncio.create_task(self._attempt(self._tell(self._stream)))

    async def sound(self, data: bytes) -> None:
        if not data:
            await self._end()
            return
        if self._is_ended or self._sound is None:
            return
        self._hash.update(data)
        # Nobody is silent whose sound has to wait.
        self._sign_at = None
        await self._sound.push(data)
        self._sign_at = time.monotonic()

    async def text(self, data: str) -> None:
        if self._stream is None or self._is_ended:
            return
        self._sign_at = time.monotonic()
        try:
            wanted = command(data)
        except CommandError as error:
            await self._say([answers.error("SchemaError", translated(str(error)))])
            return
        match wanted:
            case KeepAlive():
                pass
            case Finalize():
                self._conversation.finalize()
                await self._stream.flush()
            case CloseStream():
                await self._end()
            case Configure():
                await self._configure(wanted, self._stream)

    async def tick(self, now: float) -> None:
        if self._telling is None or self._is_ended:
            return
        await self._say(self._conversation.tick(now))
        if self._sign_at is not None and now - self._sign_at > SILENT_SECONDS:
            sentence = _("No sound and no KeepAlive came for %(seconds)s seconds.")
            raise Refusal(504, "silent", sentence % {"seconds": round(SILENT_SECONDS)})

    async def refuse(self, refusal: Refusal) -> None:
        # Of a key that opens nothing, the handshake says so; all else is told in words.
        if refusal.code != "invalid_token":
            await self.accept()
            await self.fault(refusal)

    async def fault(self, refusal: Refusal) -> None:
        code = code_of(refusal)
        await self._say([answers.error(code, refusal.sentence)])
        await self.close(1011 if refusal.status >= 500 else 1008, code)

    async def lost_token(self, sentence: str) -> None:
        await self.fault(Refusal(401, "invalid_token", sentence))

    async def restarting(self) -> None:
        if self._telling is not None:
            self._close_code = 1012
            await self._end()
            await asyncio.wait([self._telling], timeout=_LAST_WORDS_SECONDS)
        await super().restarting()

    async def closed(self, code: int) -> None:
        if self._telling is not None:
            await cancel_and_wait([self._telling])
        if self._sound is not None:
            await self._sound.close()
        if self._stream is not None:
            await self._stream.close()

    async def _pass_on(self, samples: Samples) -> None:
        if self._stream is None or not samples.size:
            return
        await self._stream.push(samples)
        self._samples += samples.size
        self._conversation.clock_ms = self._samples // SAMPLES_PER_MS
        await self._say(self._conversation.tick(time.monotonic()))

    async def _end(self) -> None:
        """No more sound comes: the rest of the text follows, and then `_over`."""
        if self._is_ended or self._sound is None or self._stream is None:
            return
        self._is_ended = True
        await self._sound.end()
        await self._stream.end()

    async def _configure(self, wanted: Configure, stream: SoundStream) -> None:
        terms = wanted.terms
        if terms is not None and self.token is not None:
            try:
                self._listen = Listen(self._listen.language, self._listen.endpointing, vocabulary(terms))
            except Refusal as error:
                code = "KEYTERM_LIMIT_EXCEEDED" if isinstance(error, TooManyTermsError) else "INTERNAL_ERROR"
                await self._say([answers.configure_failure(self._about, code, error.sentence)])
                return
            await stream.listen(of_account(self.token.user, self._listen))
        await self._say([answers.configure_success(self._about, terms)])

    async def _tell(self, stream: SoundStream) -> None:
        async for event in stream:
            await self._say(self._conversation.take(event, time.monotonic()))
            if event["type"] == "media" and event["state"] == "ended":
                await self._over(event["reason"])
            elif event["type"] == "error" and event["code"] == "worker_lost":
                raise Refusal(503, "unavailable", event["message"])

    async def _over(self, reason: str) -> None:
        await self._say(self._conversation.rest())
        if reason != "stopped":
            raise Refusal(503, f"session_{reason}", _("The session has ended. Connect again to go on."))
        metadata = answers.metadata(
            self._about,
            sha256=self._hash.hexdigest(),
            created=self._created,
            duration_ms=self._conversation.clock_ms,
            channels=self._channels,
        )
        await self._say([{"type": "Metadata", **metadata}])
        await self.close(self._close_code)

    async def _say(self, messages: Iterable[Message]) -> None:
        for message in messages:
            await self.send(json.dumps(message, ensure_ascii=False))


class FluxSocket(ListenSocket):
    """`/v2/listen`, with whose models Deepgram tells turns of a conversation apart."""

    async def opened(self, token: ApiToken) -> None:
        raise Refusal(404, "not_found", _("There is no Flux here: connect to /v1/listen."))
