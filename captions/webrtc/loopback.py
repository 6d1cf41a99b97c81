"""ICE over the loopback address, for a browser on a machine that has no other network.

aioice never offers 127.0.0.1, and neither do browsers unless told to (Chromium: --allow-loopback-in-peer-connection).
"""

from typing import Any

from aiortc import RTCPeerConnection


def gather_loopback(connection: RTCPeerConnection) -> None:
    """Makes a connection offer 127.0.0.1 too; to be called before its local description is set.

    It uses private attributes of aiortc, whose version is pinned. Raises RuntimeError when they do not exist.
    """
    for transceiver in connection.getTransceivers():
        ice: Any = getattr(transceiver.receiver.transport.transport.iceGatherer, "_connection", None)
        gather = getattr(ice, "get_component_candidates", None)
        if gather is None:
            raise RuntimeError("This version of aiortc does not gather candidates where 1.16.0 does.")

        async def with_loopback(*, component: int, addresses: list[str], gather: Any = gather) -> Any:
            return await gather(component=component, addresses=[*addresses, "127.0.0.1"])

        ice.get_component_candidates = with_loopback
