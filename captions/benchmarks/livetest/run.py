"""Runs a live test: one login and several simultaneous streams."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .account import Account
from .client import Recording, StreamClient
from .errors import LivetestError
from .player import FileTrack, load_sound
from .reference import load_reference
from .report import StreamReport, report


@dataclass(frozen=True, slots=True)
class Plan:
    """What a live test does. Stream number n plays file number n, cyclically."""

    files: Sequence[Path]
    url: str
    username: str
    password: str
    streams: int
    language: str = ""
    relay: bool = False


async def run(plan: Plan) -> list[StreamReport]:
    """The reports of all streams. Raises LivetestError if none can begin; errors of one stream are in its report."""
    sounds = {file: load_sound(file) for file in plan.files}
    references = {file: load_reference(file) for file in plan.files}
    chosen = [plan.files[number % len(plan.files)] for number in range(plan.streams)]
    async with Account(plan.url) as account:
        await account.log_in(plan.username, plan.password)

        async def stream(file: Path) -> StreamReport:
            track = FileTrack(sounds[file])
            recording, session = Recording(time.monotonic()), ""
            try:
                dictation = await account.new_dictation(f"Live test: {file.stem}", plan.language)
                session = dictation.id
                client = StreamClient(
                    account, dictation, track, recording, language=plan.language, relay=plan.relay
                )
                await client.run()
            except LivetestError as error:
                recording.error = str(error)
            return report(file, session, track.milliseconds, recording, references[file])

        return await asyncio.gather(*map(stream, chosen))
