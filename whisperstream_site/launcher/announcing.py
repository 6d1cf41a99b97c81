"""What a start says to whoever waits for it: what is still missing, and at last where to log in."""

from collections.abc import Iterator
from dataclasses import dataclass

_AGAIN_SECONDS = 30.0


@dataclass(frozen=True)
class Welcome:
    """What the last lines of a start are made of."""

    address: str
    """Where the pages are, such as http://localhost:8000/."""
    administrator: str
    password: str | None
    """The administrator's, if it was made up in this start."""
    model: str
    is_model_cached: bool


class Announcer:
    """Turns what `/readyz` answers, time after time, into sentences; the address and the login are said last."""

    def __init__(self, welcome: Welcome) -> None:
        self._welcome = welcome
        self._said = ""
        self._said_seconds = 0.0
        self.is_done = False

    def look(self, parts: dict[str, str] | None, seconds: float) -> Iterator[str]:
        """The sentences to say now. `parts` is None while no page answers; `seconds` is the time since the start."""
        if self.is_done:
            return
        waits = self._waits_for(parts)
        if not waits:
            self.is_done = True
            yield from self._last_lines(parts or {})
        elif waits != self._said or seconds - self._said_seconds >= _AGAIN_SECONDS:
            self._said, self._said_seconds = waits, seconds
            yield waits

    def _waits_for(self, parts: dict[str, str] | None) -> str:
        if parts is None:
            return "Starting."
        for part, store in (("database", "PostgreSQL"), ("channel_layer", "Valkey")):
            if parts.get(part) == "away":
                return f"Waiting for {store}."
        if parts.get("worker") in ("loading", "none"):
            if self._welcome.is_model_cached:
                return f"Waiting for the speech model {self._welcome.model}."
            return f"Waiting for the speech model {self._welcome.model}, which is being downloaded."
        return ""

    def _last_lines(self, parts: dict[str, str]) -> Iterator[str]:
        welcome = self._welcome
        if parts.get("worker") == "failed":
            yield (
                f"The speech model {welcome.model} cannot be used: the reason is above, and on the page. "
                "Everything but dictation works."
            )
        else:
            yield f"Ready. The speech model is {welcome.model}."
        if not welcome.password:
            yield "To set a new password for the administrator, in another terminal: script/run --password"
        yield "Ctrl-C stops everything."
        yield f"Open {welcome.address} in a browser."
        if welcome.password:
            yield (
                f"Log in as {welcome.administrator} with the password {welcome.password} (change it then; "
                "script/run --password sets a new one)."
            )
        else:
            yield f"Log in as {welcome.administrator}."
