"""The connection of a web process to the audio worker that takes a session's sound: see `protocol.feed_frames`."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

import structlog
from channels.layers import get_channel_layer
from django.utils.translation import gettext as _

from ...core.interface_language import translated
from ...protocol import feed_frames
from ...protocol.commands import Open, OpenFeed
from ...protocol.feed_frames import Kind
from ...protocol.messages import MessageError
from ...protocol.registry import SharedRegistry
from ..signaling.dispatch import send, why_busy

log = structlog.get_logger(__name__)

_CONNECT_SECONDS = 3.0


async def connect(
    make: Callable[[str, str, float], Open | OpenFeed], channel: str, wait_seconds: float
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Sends a command to `channel` and connects to where its answer says.

    The command is made with a ticket, the channel of its answer, and its deadline (on Valkey's clock).
    Waits `wait_seconds` for a worker. Raises MessageError, and redis.RedisError.
    """
    layer: Any = get_channel_layer()
    ticket, reply = secrets.token_hex(32), await layer.new_channel()
    command = make(ticket, reply, await SharedRegistry().now() + wait_seconds)
    await send(layer, channel, command)
    address = await _answer(layer, reply, wait_seconds)
    host, _colon, port = address.rpartition(":")
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    except (OSError, TimeoutError) as error:
        log.error("sound_port_unreachable", session=command.session, address=address)
        sentence = _("The speech recognition of this server cannot be reached. Try again in a minute.")
        raise MessageError("busy", sentence, retryable=True) from error
    writer.write(feed_frames.pack(Kind.TICKET, ticket.encode()))
    return reader, writer


async def _answer(layer: Any, reply: str, wait_seconds: float) -> str:
    """Where the worker that takes the session waits for its sound, as host:port. Raises MessageError."""
    try:
        async with asyncio.timeout(wait_seconds + 1):
            while True:
                payload = (await layer.receive(reply)).get("payload", {})
                match payload.get("type"):
                    case "feed":
                        return str(payload["address"])
                    case "error":
                        retryable = bool(payload.get("retryable"))
                        raise MessageError(
                            payload["code"], translated(payload["message"]), retryable=retryable
                        )
    except TimeoutError as error:
        raise why_busy(await SharedRegistry().workers()) from error
