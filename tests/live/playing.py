"""Plays the audio worker: takes offers from the channel layer, and answers as it is told."""

import asyncio
from typing import Any

from channels.layers import get_channel_layer

from captions.protocol import commands, messages
from captions.protocol.commands import SHARED_CHANNEL, Command, Open, Present
from captions.protocol.registry import Registry

# What is waited for comes at once on an idle machine.
WAIT_SECONDS = 60
NAME = "audioworker.test"


class PlayedWorker:
    """Answers each offer with `answer`, or with the error `refusal`; `heard` are all commands that came."""

    def __init__(self) -> None:
        self.layer: Any = get_channel_layer()
        self.heard: list[Command] = []
        self.refusal: tuple[str, str] | None = None
        self.answer = "v=0 answer\r\n"
        self._registry = Registry()
        self._held: set[str] = set()
        self._tasks = [asyncio.create_task(self._listen(name)) for name in (SHARED_CHANNEL, NAME)]

    @property
    def offers(self) -> list[Open]:
        return [each for each in self.heard if isinstance(each, Open)]

    async def next(self, kind: type[Command]) -> Any:
        """The first command of a kind, once it has come; it is taken out of `heard`."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                for command in self.heard:
                    if isinstance(command, kind):
                        self.heard.remove(command)
                        return command
                await asyncio.sleep(0.01)

    async def let_go(self, session: str) -> None:
        """Holds the session no longer."""
        await self._registry.release(session, NAME)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for session in self._held:
            await self.let_go(session)
        await self._registry.close()
        await self.layer.close_pools()

    async def _listen(self, channel: str) -> None:
        while True:
            command = commands.unpack(await self.layer.receive(channel))
            if isinstance(command, Present):
                continue
            self.heard.append(command)
            if isinstance(command, Open):
                await self._take(command)

    async def _take(self, command: Open) -> None:
        self._held.add(command.session)
        await self._registry.hold(command.session, NAME)
        await self.layer.send(command.reply, {"type": "session.taken", "worker": NAME})
        said = messages.error(*self.refusal) if self.refusal else messages.answer(command.gen, self.answer)
        await self.layer.send(command.reply, {"type": "session.event", "payload": said})
