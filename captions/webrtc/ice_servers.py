"""Selects the ICE servers that the server's own peers use."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from aiortc import RTCIceServer

_STUN = re.compile(r"stun:[^?:\[\]@/]+(?::\d{1,5})?")


def server_side(ice_servers: Iterable[Mapping[str, Any]]) -> list[RTCIceServer]:
    """The STUN servers among `ice_servers`; TURN servers are left to the browser.

    An empty list where there are none, never None: aiortc would then use a public STUN server.
    """
    found = []
    for server in ice_servers:
        urls = server.get("urls", [])
        for url in [urls] if isinstance(urls, str) else urls:
            if isinstance(url, str) and _STUN.fullmatch(url):
                found.append(RTCIceServer(urls=url))
    return found
