"""Runs a live test: one login and several simultaneous streams."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path

from .account import Account
from .client import Recording, StreamClient
from .errors import LivetestError
from .player import FileTrack, load_sound
from .pusher import RATE as PUSHED_RATE
from .pusher import Pusher, endless, pushing
from .reference import load_reference
from .report import StreamReport, report


@dataclass(frozen=True, slots=True)
class Plan:
    """What a live test does. Stream number n plays file number n, cyclically; with `websocket`, each file twice."""

    files: Sequence[Path]
    url: str
    username: str
    password: str
    streams: int
    language: str = ""
    relay: bool = False
    websocket: bool = False
    """Whether each stream has another one beside it whose sound goes over a WebSocket."""
    beside_seconds: float = 0.0
    """How much of the same sound a program pushes meanwhile, with `token`."""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The reports of all streams, and how many times as fast as it is spoken the sound beside them was heard."""

    streams: list[StreamReport]
    beside_speed: float | None = None

    @property
    def ok(self) -> bool:
        return all(each.ok for each in self.streams)


async def run(plan: Plan) -> Outcome:
    """Runs all streams. Raises LivetestError if none can begin; errors of one stream are in its report."""
    sounds = {file: load_sound(file) for file in plan.files}
    references = {file: load_reference(file) for file in plan.files}
    times = 2 if plan.websocket else 1
    chosen = [plan.files[number // times % len(plan.files)] for number in range(plan.streams * times)]
    async with Account(plan.url) as account:
        await account.log_in(plan.username, plan.password)

        async def stream(number: int, file: Path) -> StreamReport:
            websocket = plan.websocket and number % 2 == 1
            track = FileTrack(sounds[file])
            recording, session = Recording(time.monotonic()), ""
            try:
                dictation = await account.new_dictation(f"Live test: {file.stem}", plan.language)
                session = dictation.id
                client = StreamClient(
                    account,
                    dictation,
                    track,
                    recording,
                    language=plan.language,
                    relay=plan.relay,
                    websocket=websocket,
                )
                await client.run()
            except LivetestError as error:
                recording.error = str(error)
            road = "websocket" if websocket else "webrtc"
            return report(file, session, track.milliseconds, recording, references[file], road=road)

        if not plan.beside_seconds:
            return Outcome(await asyncio.gather(*starmap(stream, enumerate(chosen))))
        beside = endless([load_sound(file, PUSHED_RATE) for file in plan.files], plan.beside_seconds)
        pusher = Pusher(account, plan.token, beside, language=plan.language)
        async with pushing(pusher):
            reports = await asyncio.gather(*starmap(stream, enumerate(chosen)))
            return Outcome(reports, pusher.speed)
