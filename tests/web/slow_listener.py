"""A web process whose application takes its time with every message; run by test_socket_protocol.py.

It says after how many seconds it takes the next message, and answers "report" with what it heard and its memory.
"""

import asyncio
import json
import os
import sys
from typing import Any

import django
import psutil

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "whisperstream_site.settings")
django.setup()

from captions.web.server import serve  # noqa: E402


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    heard, size, pause = 0, 0, 0.0
    while (message := await receive())["type"] != "websocket.disconnect":
        text = message.get("text") or ""
        if text.startswith("pause"):
            pause = float(text.split()[1])
        elif text.startswith("close"):
            await send({"type": "websocket.close", "code": int(text.split()[1]), "reason": "Why: ü" * 30})
        elif text == "report":
            memory = psutil.Process().memory_info().rss
            await send({"type": "websocket.send", "text": json.dumps([heard, size, memory])})
        else:
            heard, size = heard + 1, size + len(message["bytes"])
            await asyncio.sleep(pause)


serve(
    application,
    [("127.0.0.1", int(sys.argv[1]))],
    lambda path: path.startswith("/page"),
    lambda path, headers: False,
)
