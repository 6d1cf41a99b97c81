"""When to start a role again that has ended."""

from dataclasses import dataclass

# The exit status of sysexits.h for a configuration error: trying again would not help.
CONFIGURATION_ERROR = 78

_SETTLED_SECONDS = 10.0
_FIRST_DELAY_SECONDS = 0.2
_LONGEST_DELAY_SECONDS = 10.0
_MOST_EARLY_ENDS = 6


@dataclass(frozen=True)
class Again:
    """Start it again after `delay_seconds`."""

    delay_seconds: float


@dataclass(frozen=True)
class GiveUp:
    reason: str


class Restarts:
    """Decides what follows each end of one role."""

    def __init__(self) -> None:
        self._early_ends = 0

    def ended(self, returncode: int, lived_seconds: float) -> Again | GiveUp:
        """`returncode` is negative for a signal. A role that lived for a while gets every chance again."""
        if returncode == CONFIGURATION_ERROR:
            return GiveUp("it cannot run with the present settings")
        if lived_seconds >= _SETTLED_SECONDS:
            self._early_ends = 0
        self._early_ends += 1
        if self._early_ends >= _MOST_EARLY_ENDS:
            return GiveUp(f"it ended {_MOST_EARLY_ENDS} times soon after its start")
        return Again(min(_LONGEST_DELAY_SECONDS, _FIRST_DELAY_SECONDS * 4 ** (self._early_ends - 1)))
