"""Goes on with a connection whose other side sends sound but answers no checks of consent (RFC 7675).

FFmpeg's WHIP muxer answers none once it sends. aioice ends such a connection after half a minute.
"""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

from aioice import ice, stun
from aiortc import RTCPeerConnection


def renew_by_sound(connection: RTCPeerConnection, heard_at: Callable[[], float]) -> None:
    """Lets a packet of sound count as an answer; to be called before the local description is set.

    `heard_at` returns when the last one arrived, in monotonic seconds. A connection over which neither comes is ended
    as before. It uses private attributes of aiortc and aioice, whose versions are pinned.
    """
    for transceiver in connection.getTransceivers():
        transport: Any = transceiver.receiver.transport.transport.iceGatherer._connection
        transport.query_consent = lambda transport=transport: _query(transport, heard_at)


async def _query(transport: Any, heard_at: Callable[[], float]) -> None:
    failures = 0
    while failures < ice.CONSENT_FAILURES:
        began = time.monotonic()
        # All connections of a worker must not ask at the same moment.
        await asyncio.sleep(ice.CONSENT_INTERVAL * random.uniform(0.8, 1.2))  # noqa: S311
        for pair in list(transport._nominated.values()):
            failures = 0 if await _answers(transport, pair) else failures + 1
        if heard_at() >= began:
            failures = 0
    # Its close() would wait for this task.
    transport._query_consent_task = None
    await transport.close()


async def _answers(transport: Any, pair: Any) -> bool:
    request = transport.build_request(pair, nominate=False)
    key = transport.remote_password.encode()
    try:
        await pair.protocol.request(request, pair.remote_addr, integrity_key=key, retransmissions=0)
    except stun.TransactionError:
        return False
    return True
