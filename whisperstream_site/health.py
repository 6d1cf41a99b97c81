"""`python -m whisperstream_site.health`: ends with 0 if the role of this container works, else with 1 and a sentence.

It reads the environment of the role: where ALIVE_FILE is set, that file was touched within a minute; else the web
process answers at PORT. It imports nothing else, since it runs every few seconds.
"""

import os
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

_FRESH_SECONDS = 60.0
_ANSWER_SECONDS = 3.0


def problem(environment: dict[str, str], now: float) -> str:
    """What is wrong, as a sentence; empty if nothing is. `now` is in seconds since 1970."""
    if alive := environment.get("ALIVE_FILE"):
        return _silence(Path(alive), now)
    return _no_answer(int(environment.get("PORT") or 8000))


def _silence(alive: Path, now: float) -> str:
    try:
        silent = now - alive.stat().st_mtime
    except FileNotFoundError:
        return f"{alive} is not there yet."
    return f"{alive} was last touched {silent:.0f} s ago." if silent > _FRESH_SECONDS else ""


def _no_answer(port: int) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"Port {port} does not answer: {error or type(error).__name__}."
    finally:
        connection.close()
    return "" if status == 200 else f"/healthz answers with {status}."


if __name__ == "__main__":
    sys.exit(problem(dict(os.environ), time.time()) or 0)
