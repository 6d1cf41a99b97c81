"""A stream of a live test: a client that dictates one file, over WebRTC or a WebSocket."""

import asyncio
import json
import time
from dataclasses import dataclass, field

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcconfiguration import RTCIceTransportPolicy
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Origin

from .account import Account, Dictation
from .errors import LivetestError
from .inbox import Inbox, Message, is_end
from .packets import carried
from .player import FileTrack

TAIL_SECONDS = 1.5
_READY_SECONDS = 15
_ANSWER_SECONDS = 20
_MEDIA_SECONDS = 25
_ENDED_SECONDS = 45
_REPLAY_QUIET_SECONDS = 1.0


@dataclass(slots=True)
class Recording:
    """All events of one stream; times are monotonic seconds.

    `marks` has the times of the steps ready, offered, answered, live, stopped and ended; `speech_began` is the time of
    the sound's first sample. `replayed` are the finals in the database, as `sync` returned them; None without that.
    """

    began: float
    marks: dict[str, float] = field(default_factory=dict)
    messages: list[tuple[float, Message]] = field(default_factory=list)
    replayed: list[Message] | None = None
    speech_began: float | None = None
    error: str | None = None

    def mark(self, name: str) -> None:
        self.marks[name] = time.monotonic()


class StreamClient:
    """Dictates one sound into one session and adds the events to `recording`. To be run once.

    With `relay`, it connects only through a TURN server; with `websocket`, its sound goes over a WebSocket.
    """

    def __init__(
        self,
        account: Account,
        dictation: Dictation,
        track: FileTrack,
        recording: Recording,
        *,
        language: str,
        relay: bool,
        websocket: bool = False,
    ) -> None:
        self._account = account
        self._dictation = dictation
        self._track = track
        self._recording = recording
        self._language = language
        self._relay = relay
        self._websocket = websocket

    async def run(self) -> None:
        """Dictates the sound. Raises LivetestError; `recording` keeps the events until then."""
        try:
            async with connect(
                self._account.socket_origin + self._dictation.socket,
                origin=Origin(self._account.origin),
                additional_headers={"Cookie": self._account.cookie},
                max_size=2**22,
                proxy=None if self._account.is_local else True,
            ) as socket:
                await self._use(socket)
        except InvalidStatus as error:
            status = error.response.status_code
            raise LivetestError(f"The server refused the socket of the session (HTTP {status}).") from error
        except ConnectionClosed as error:
            raise LivetestError("The server closed the socket of the session.") from error
        except (OSError, WebSocketException) as error:
            raise LivetestError(f"The socket of the session cannot be used: {error}.") from error

    async def _use(self, socket: ClientConnection) -> None:
        inbox = Inbox(socket)
        connection: RTCPeerConnection | None = None
        try:
            ready = await inbox.wait(
                lambda m: m["type"] == "ready", _READY_SECONDS, "The server did not open the session"
            )
            self._recording.mark("ready")
            gen = int(ready["gen"]) + 1
            if self._websocket:
                await self._carry(socket, inbox, gen)
            else:
                connection = self._connection(ready)
                await self._connect(socket, inbox, connection, gen)
                await self._speak(socket, inbox)
            self._recording.messages = list(inbox.messages)
            self._recording.replayed = await self._replay(socket, inbox)
        finally:
            self._recording.messages = self._recording.messages or inbox.messages
            self._recording.speech_began = self._track.began
            self._track.stop()
            await inbox.close()
            if connection is not None:
                await connection.close()

    async def _carry(self, socket: ClientConnection, inbox: Inbox, gen: int) -> None:
        async with carried(self._account, self._dictation, self._track, gen, self._language):
            self._recording.mark("answered")
            await self._until_live(inbox)
            await self._speak(socket, inbox)

    async def _speak(self, socket: ClientConnection, inbox: Inbox) -> None:
        await inbox.during(self._track.spoken.wait())
        await inbox.during(asyncio.sleep(TAIL_SECONDS))
        await socket.send(json.dumps({"type": "stop"}))
        self._recording.mark("stopped")
        await inbox.wait(is_end, _ENDED_SECONDS, "The server did not end the session")
        self._recording.mark("ended")

    def _connection(self, ready: Message) -> RTCPeerConnection:
        servers = [
            RTCIceServer(
                urls=server["urls"], username=server.get("username"), credential=server.get("credential")
            )
            for server in ready["ice_servers"]
        ]
        policy = RTCIceTransportPolicy.RELAY if self._relay else RTCIceTransportPolicy.ALL
        return RTCPeerConnection(RTCConfiguration(iceServers=servers, iceTransportPolicy=policy))

    async def _connect(
        self, socket: ClientConnection, inbox: Inbox, connection: RTCPeerConnection, gen: int
    ) -> None:
        connection.addTrack(self._track)
        await connection.setLocalDescription()
        sdp = connection.localDescription.sdp
        if "a=candidate:" not in sdp:
            raise LivetestError(
                "No TURN server gave an address: see ICE_SERVERS."
                if self._relay
                else "This machine has no network address to speak from."
            )
        await socket.send(
            json.dumps({"type": "offer", "gen": gen, "sdp": sdp, "settings": {"language": self._language}})
        )
        self._recording.mark("offered")
        answer = await inbox.wait(
            lambda m: m["type"] == "answer" and m["gen"] == gen,
            _ANSWER_SECONDS,
            "The server did not answer the offer",
        )
        self._recording.mark("answered")
        await connection.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        await self._until_live(inbox)

    async def _until_live(self, inbox: Inbox) -> None:
        await inbox.wait(
            lambda m: m["type"] == "media" and m["state"] == "live",
            _MEDIA_SECONDS,
            "The server hears nothing: UDP is blocked on the way, or ICE_SERVERS lacks a TURN server",
        )
        self._recording.mark("live")

    async def _replay(self, socket: ClientConnection, inbox: Inbox) -> list[Message]:
        """All finals in the database, through `sync`: they must be the same as those received live."""
        start = len(inbox.messages)
        highest = max((m["seq"] for _, m in inbox.messages if m["type"] == "final"), default=0)
        await socket.send(json.dumps({"type": "sync", "after_seq": 0}))
        if highest:
            await inbox.wait(
                lambda m: m["type"] == "final" and m["seq"] >= highest,
                _READY_SECONDS,
                "The server did not replay the finals that it had sent",
                after=start,
            )
        # The protocol does not mark the end of a replay, so it is over when nothing more arrives.
        count = -1
        while count != len(inbox.messages):
            count = len(inbox.messages)
            await asyncio.sleep(_REPLAY_QUIET_SECONDS)
        return [message for _, message in inbox.messages[start:] if message["type"] == "final"]
