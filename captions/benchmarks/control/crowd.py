"""Many sessions at once on one installation: programs that push, each watched by a page, and some microphones.

The microphones are whole WebRTC clients that come and go. A program pushes one sentence, faster than it is spoken, then
is silent for a while: that loads everything except what a real microphone and a real model would load most.
"""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from ...core.cancellation import cancel_and_wait
from ...speech.ring import Samples
from ..livetest.account import Account
from ..livetest.client import Recording, StreamClient
from ..livetest.errors import LivetestError
from ..livetest.player import FileTrack, Sound

_RATE = 16_000
_PIECE = _RATE // 2
# Ends a sentence: longer than the silence for which the server waits.
_SILENCE = np.zeros(_RATE * 5 // 2, np.int16)
_ANSWER_SECONDS = 60.0
# The server closes a program of which nothing comes for 10 s.
_KEEP_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What the crowd does. `sentences` are int16 at 16 kHz, `microphone` is int16 at 48 kHz."""

    urls: Sequence[str]
    username: str
    password: str
    token: str
    sessions: int
    microphones: int
    seconds: float
    every_seconds: float
    sentences: Sequence[Samples]
    microphone: Sound


@dataclass(slots=True)
class Counted:
    """What came of it. `finals` are (session, seq, seconds since 1970) as they reached a page."""

    pushed: int = 0
    messages: int = 0
    finals: list[tuple[str, int, float]] = field(default_factory=list)
    answers_ms: list[float] = field(default_factory=list)
    live_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Crowd:
    """Runs a plan once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._counted = Counted()
        self._is_measured = False

    async def run(self, on_full: Any) -> Counted:
        """Lets all begin, calls `on_full` once they are there, and counts for `seconds` from then on."""
        plan = self._plan
        accounts = [Account(url) for url in plan.urls]
        try:
            for account in accounts:
                await account.log_in(plan.username, plan.password)
            begun = [asyncio.Event() for _ in range(plan.sessions)]
            tasks = [
                asyncio.create_task(self._program(accounts[number % len(accounts)], number, event))
                for number, event in enumerate(begun)
            ]
            everyone = asyncio.gather(*(event.wait() for event in begun))
            await everyone
            tasks += [
                asyncio.create_task(self._microphone(accounts[number % len(accounts)]))
                for number in range(plan.microphones)
            ]
            self._is_measured = True
            await on_full()
            await asyncio.sleep(plan.seconds)
            self._is_measured = False
            await cancel_and_wait(tasks)
        finally:
            for account in accounts:
                await account.__aexit__(None, None, None)
        return self._counted

    async def _program(self, account: Account, number: int, begun: asyncio.Event) -> None:
        # They do not all speak at once.
        await asyncio.sleep(number / max(1, self._plan.sessions) * self._plan.every_seconds)
        query = urlencode({"encoding": "linear16", "sample_rate": _RATE, "language": "en"})
        beside: list[asyncio.Task[None]] = []
        try:
            async with connect(
                f"{account.socket_base}/v1/listen?{query}",
                additional_headers={"Authorization": f"Token {self._plan.token}"},
                compression=None,
                ping_interval=None,
                proxy=None,
                open_timeout=_ANSWER_SECONDS,
            ) as socket:
                beside.append(asyncio.create_task(self._stay(socket)))
                while True:
                    session = await self._speak(socket)
                    if not begun.is_set():
                        beside.append(asyncio.create_task(self._page(account, session)))
                        begun.set()
                    await asyncio.sleep(self._plan.every_seconds * random.uniform(0.8, 1.2))  # noqa: S311
        except (OSError, WebSocketException, TimeoutError, KeyError) as error:
            self._counted.errors.append(f"program: {type(error).__name__} {error}")
            begun.set()
        finally:
            await cancel_and_wait(beside)

    async def _speak(self, socket: ClientConnection) -> str:
        """Pushes a sentence and waits for its text; returns the session's id."""
        sound = np.concatenate([random.choice(self._plan.sentences), _SILENCE])  # noqa: S311
        for start in range(0, sound.size, _PIECE):
            await socket.send(sound[start : start + _PIECE].astype("<i2").tobytes())
        self._counted.pushed += self._is_measured
        async with asyncio.timeout(_ANSWER_SECONDS):
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "Results" and message["speech_final"]:
                    return str(message["metadata"]["request_id"])
        raise TimeoutError

    async def _stay(self, socket: ClientConnection) -> None:
        with suppress(WebSocketException):
            while True:
                await asyncio.sleep(_KEEP_SECONDS)
                await socket.send(json.dumps({"type": "KeepAlive"}))

    async def _page(self, account: Account, session: str) -> None:
        """The page of a session: counts what it is told."""
        with suppress(OSError, WebSocketException):
            async with connect(
                f"{account.socket_base}/ws/sessions/{session}/",
                origin=Origin(account.origin),
                additional_headers={"Cookie": account.cookie},
                proxy=None,
                open_timeout=_ANSWER_SECONDS,
            ) as socket:
                async for text in socket:
                    if not self._is_measured:
                        continue
                    self._counted.messages += 1
                    message = json.loads(text)
                    if message["type"] == "final":
                        self._counted.finals.append((session, message["seq"], time.time()))
        if self._is_measured:
            self._counted.errors.append("page: its socket was closed")

    async def _microphone(self, account: Account) -> None:
        """One dictation over WebRTC after the other."""
        while True:
            recording = Recording(time.monotonic())
            try:
                dictation = await account.new_dictation("", "en")
                track = FileTrack(self._plan.microphone)
                await StreamClient(account, dictation, track, recording, language="en", relay=False).run()
            except LivetestError as error:
                self._counted.errors.append(f"microphone: {error}")
                await asyncio.sleep(1)
            finally:
                marks = recording.marks
                if "answered" in marks:
                    self._counted.answers_ms.append((marks["answered"] - marks["offered"]) * 1000)
                if "live" in marks:
                    self._counted.live_ms.append((marks["live"] - marks["offered"]) * 1000)
