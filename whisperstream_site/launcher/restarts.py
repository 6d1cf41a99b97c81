"""When to start a role again that has ended."""

# The exit status of sysexits.h for a configuration error: trying again would not help.
CONFIGURATION_ERROR = 78

_SETTLED_SECONDS = 10.0
_FIRST_DELAY_SECONDS = 0.2
_LONGEST_DELAY_SECONDS = 10.0
_MOST_EARLY_ENDS = 6


class GiveUp(Exception):
    """The role is not to be started again; the message says why."""


class Restarts:
    """Decides what follows each end of one role."""

    def __init__(self) -> None:
        self._early_ends = 0

    def delay_seconds(self, returncode: int, lived_seconds: float) -> float:
        """How long to wait before the next start. Raises GiveUp.

        `returncode` is negative for a signal. A role that lived for a while gets every chance again.
        """
        if returncode == CONFIGURATION_ERROR:
            raise GiveUp("it cannot run with the present settings")
        if lived_seconds >= _SETTLED_SECONDS:
            self._early_ends = 0
        self._early_ends += 1
        if self._early_ends >= _MOST_EARLY_ENDS:
            raise GiveUp(f"it ended {_MOST_EARLY_ENDS} times soon after its start")
        return min(_LONGEST_DELAY_SECONDS, _FIRST_DELAY_SECONDS * 4.0 ** (self._early_ends - 1))
