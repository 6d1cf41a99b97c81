"""A Realtime service that behaves as a test tells it to: it refuses, stalls, breaks off and lies."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from captions.asr.engine.openai.service import Service

_TEXT = "conversation.item.input_audio_transcription"


@dataclass
class Call:
    """One socket: what came over it, and what a test says over it."""

    socket: ServerConnection
    service: "FakeRealtime"
    events: list[dict[str, Any]] = field(default_factory=list)
    sound: bytes = b""
    items: int = 0

    def say(self, kind: str, **fields: Any) -> None:
        self.socket.send(json.dumps({"type": kind, **fields}))

    def begin(self) -> None:
        self.say("session.created", session={})

    def updated(self, event: dict[str, Any]) -> None:
        self.say("session.updated", session=event["session"])

    def committed(self) -> str:
        self.items += 1
        self.say("input_audio_buffer.committed", item_id=f"item_{self.items}", previous_item_id=None)
        self.say("conversation.item.added", item={"id": f"item_{self.items}"})
        return f"item_{self.items}"

    def completed(self, text: object, item_id: str, **fields: Any) -> None:
        self.say(f"{_TEXT}.completed", item_id=item_id, content_index=0, transcript=text, **fields)

    def delta(self, text: str, item_id: str) -> None:
        self.say(f"{_TEXT}.delta", item_id=item_id, content_index=0, delta=text)

    def error(self, code: str, kind: str = "invalid_request_error") -> None:
        self.say("error", error={"type": kind, "code": code, "message": "sk-secret", "param": None})

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.events if each["type"] == kind]


Answering = Callable[[Call], None]


def said(text: str = "One two.", **fields: Any) -> Answering:
    """The text of a commit."""
    return lambda call: call.completed(text, call.committed(), **fields)


@dataclass
class FakeRealtime:
    """`answers` are what it does for a commit, in order, the last one again and again; `statuses` refuse handshakes."""

    port: int = 0
    answers: list[Answering] = field(default_factory=lambda: [said()])
    statuses: list[tuple[int, str]] = field(default_factory=list)
    on_begin: Callable[[Call], None] = Call.begin
    on_update: Callable[[Call, dict[str, Any]], None] = Call.updated
    on_append: Callable[[Call], None] = lambda call: None
    calls: list[Call] = field(default_factory=list)
    handshakes: list[Request] = field(default_factory=list)
    commits: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def service(self, model: str = "whisper", **options: Any) -> Service:
        return Service(self.url, model, "sk-secret", **{"speaks": "realtime", **options})

    def refuse(self, connection: ServerConnection, request: Request) -> Response | None:
        self.handshakes.append(request)
        if not self.statuses:
            return None
        status, code = self.statuses.pop(0)
        body = json.dumps({"error": {"message": "sk-secret is wrong", "code": code}}).encode()
        return Response(status, HTTPStatus(status).phrase, Headers({"Content-Length": str(len(body))}), body)

    def serve(self, socket: ServerConnection) -> None:
        call = Call(socket, self)
        self.calls.append(call)
        try:
            self.on_begin(call)
            for message in socket:
                event = json.loads(message)
                call.events.append(event)
                match event["type"]:
                    case "session.update" | "transcription_session.update":
                        self.on_update(call, event)
                    case "input_audio_buffer.append":
                        call.sound += base64.b64decode(event["audio"])
                        self.on_append(call)
                    case "input_audio_buffer.commit":
                        self.commits += 1
                        self.answers[min(self.commits, len(self.answers)) - 1](call)
        except ConnectionClosed:
            pass


@contextmanager
def fake_realtime() -> Iterator[FakeRealtime]:
    service = FakeRealtime()
    with serve(service.serve, "127.0.0.1", 0, process_request=service.refuse) as server:
        service.port = server.socket.getsockname()[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield service
        finally:
            service.over.set()
            server.shutdown()
