"""The channel of a page: the messages of docs/protocol.md, one hop shorter than over its socket."""

import json
from collections.abc import Callable
from typing import Any

from channels.db import database_sync_to_async
from django.db import DatabaseError
from django.utils.translation import gettext_noop

from ...protocol import messages
from ...protocol.commands import Command, Control, Say
from ...protocol.messages import MessageError
from ...transcripts.finals import SYNC_PAGE
from ...webrtc.channel import Channel
from . import session_rows
from .talk import Talk

_TOO_FAST = gettext_noop("This page is sending messages too fast. Reload it.")
_STORE_AWAY = gettext_noop(
    "The server cannot reach its database. Nothing that was saved is lost. Trying again."
)
# What a page is told; the rest is for its socket, or for programs.
_TOLD = {"media", "speech", "partial", "final", "error", "sound_kept"}


class PageTalk:
    """Tells a page what its socket is told, and takes pause, resume, stop and sync. `command` takes what it asks for.

    Offers and everything that needs to be checked stay with the socket, which the page has, too.
    """

    def __init__(self, session: str, command: Callable[[Command], None]) -> None:
        self._session = session
        self._command = command
        self._talk = Talk(session, self._hear, self._too_fast)

    def connected(self, channel: Channel) -> None:
        self._talk.connected(channel)

    def take(self, command: Command) -> None:
        """Does nothing: the socket of a page speaks for itself."""

    def tell(self, payload: dict[str, Any]) -> None:
        if payload["type"] in _TOLD and self._talk.is_open:
            self._send(payload)

    async def close(self) -> None:
        await self._talk.close()

    async def _hear(self, command: Command) -> None:
        if not isinstance(command, Say):
            return
        try:
            match messages.parse_on_channel(command.text):
                case messages.Sync(after_seq=after_seq):
                    await self._replay(after_seq)
                case control:
                    self._command(Control(self._session, control.action, ""))
        except MessageError as error:
            self._send(messages.error(error.code, error.message))
        except DatabaseError:
            self._send(messages.error("store_away", _STORE_AWAY, retryable=True))

    async def _replay(self, after_seq: int) -> None:
        read = database_sync_to_async(session_rows.finals)
        while page := await read(self._session, after_seq):
            for final in page:
                self._send(final)
            after_seq = page[-1]["seq"]
            if len(page) < SYNC_PAGE:
                return

    def _too_fast(self) -> None:
        self._send(messages.error("rate_limited", _TOO_FAST))

    def _send(self, payload: dict[str, Any]) -> None:
        text = json.dumps(payload, ensure_ascii=False)
        self._talk.send(text, may_skip=payload["type"] == "partial")
