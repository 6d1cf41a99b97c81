"""The channel of a call: a program without a socket, which talks in the words of the Realtime API."""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from ...core.vocabulary import entries_among
from ...dialects.openai_realtime import Flush, Realtime, Wishes
from ...dialects.openai_realtime.configuration import Configuration
from ...dialects.openai_realtime.endings import ending
from ...dialects.openai_realtime.writer import Event
from ...protocol.commands import CALL_ENDED, Attach, Call, Command, Say
from ...protocol.feed_frames import Listen
from ...webrtc.channel import Channel
from .talk import Talk

# What is told before the channel is open.
_MOST_EARLY = 200
_MOST_ATTACHED = 4


class CallTalk:
    """Runs a `Realtime` over the channel of a session; sockets may be attached, which are told the same.

    `clock_ms` returns the session's clock; `listen` changes how it listens, `flush` waits until all text up to now was
    told, and `reply` sends to an attached socket.
    """

    def __init__(
        self,
        session: str,
        call: Call,
        *,
        clock_ms: Callable[[], int],
        listen: Callable[[Listen], None],
        flush: Callable[[], Awaitable[None]],
        reply: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self._usual = call.usual
        self._clock_ms = clock_ms
        self._listen = listen
        self._flush = flush
        self._reply = reply
        self._realtime = Realtime(
            Configuration(call.model, call.languages, call.configuration),
            expires_at=call.expires_at,
            brings_sound=False,
        )
        self._talk = Talk(session, self._hear, self._too_fast)
        self._early: deque[Event] = deque(maxlen=_MOST_EARLY)
        self._attached: list[str] = []
        self._is_over = False

    def connected(self, channel: Channel) -> None:
        self._talk.connected(channel)
        early, self._early = [*self._early], deque(maxlen=_MOST_EARLY)
        self._send([*self._realtime.begin(), *early])

    def take(self, command: Command) -> None:
        self._talk.put(command)

    def tell(self, payload: dict[str, Any]) -> None:
        if self._is_over:
            return
        self._realtime.clock_ms = self._clock_ms()
        self._spread(self._realtime.tell(payload))
        if payload["type"] == "media" and payload["state"] == "ended":
            self._end(payload["reason"])

    async def close(self) -> None:
        if not self._is_over:
            self._end("stopped")
        await self._talk.close()

    async def _hear(self, command: Command) -> None:
        match command:
            case Attach(reply=reply, attached=True) if len(self._attached) < _MOST_ATTACHED:
                self._attached.append(reply)
                for event in self._realtime.begin():
                    self._reply(reply, event)
            case Attach(reply=reply, attached=False) if reply in self._attached:
                self._attached.remove(reply)
            case Say(text=text, reply=reply):
                await self._obey(text or "", reply)
            case _:
                pass

    async def _obey(self, text: str, reply: str) -> None:
        self._realtime.clock_ms = self._clock_ms()
        events, effect = self._realtime.take(text)
        for event in events:
            if reply and event["type"] == "error":
                # Some programs take any error as the end.
                self._reply(reply, event)
            else:
                self._spread([event])
        match effect:
            case Wishes(language=language, endpointing=endpointing, words=words):
                self._listen(Listen(language, endpointing, entries_among(words)).over(self._usual))
            case Flush():
                await self._flush()
                self.tell({"type": "flushed"})
            case _:
                pass

    def _end(self, reason: str) -> None:
        self._is_over = True
        self._spread(ending(reason))
        for reply in self._attached:
            self._reply(reply, CALL_ENDED)
        self._talk.hang_up()

    def _too_fast(self) -> None:
        self._send(ending("too_fast"))

    def _spread(self, events: list[Event]) -> None:
        for reply in self._attached:
            for event in events:
                self._reply(reply, event)
        if self._talk.is_open:
            self._send(events)
        else:
            self._early.extend(events)

    def _send(self, events: list[Event]) -> None:
        for event in events:
            # A delta cannot be skipped: the next one goes on from it.
            self._talk.send(msgspec.json.encode(event).decode())
