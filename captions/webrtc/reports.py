"""Keeps the RTCP reports of aiortc from failing on what a sender makes up.

A report about more than 255 sources, or about a jitter of more than 32 bits, cannot be written. The error would end the
task that sends reports, and `RTCRtpReceiver.stop` would wait for that for ever, with the sockets open.
"""

import struct
from contextlib import suppress
from typing import Any

_SEND = "_send_rtcp"


def guard(receiver: Any) -> None:
    """Has an RTCRtpReceiver leave out a report that cannot be written.

    The method is private to aiortc, whose version is pinned. Raises RuntimeError when it does not exist.
    """
    send = getattr(receiver, _SEND, None)
    if send is None:
        raise RuntimeError("This version of aiortc sends no reports where 1.16.0 does.")

    async def send_if_possible(packet: Any) -> None:
        with suppress(struct.error):
            await send(packet)

    setattr(receiver, _SEND, send_if_possible)
