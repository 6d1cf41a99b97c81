"""Whether the sound of a feed is spoken, or comes faster than anybody speaks. Pure: time, in seconds, is an input."""

# Clients that speak may send this much at once: what they had recorded until they were connected.
_AHEAD_SECONDS = 3.0
# A client is waited for so much longer than its sound lasts until it is not ahead any more: a clock that is a little
# fast makes nobody be so.
_CATCHING_UP = 1.1


class Pace:
    """How far the sound of a feed is ahead of the time in which it could have been spoken.

    A client that speaks may send the sound of the time in which it was held back at once. For one that is ahead only
    the time counts in which it was waited for: whoever pushes would seem to speak once the worker is slow. A client
    that is waited for has nothing left to send from before.
    """

    def __init__(self) -> None:
        self._ahead_seconds = 0.0

    @property
    def is_ahead(self) -> bool:
        """Whether nobody speaks this sound, who would wait for its text."""
        return self._ahead_seconds > _AHEAD_SECONDS

    def take(self, seconds: float, *, waited: float, held: float) -> None:
        """Takes so much sound, for which its client was `waited` for and before which it was `held` back."""
        ahead = self._ahead_seconds if self.is_ahead else self._ahead_seconds - held
        ahead = max(0.0, ahead - _CATCHING_UP * waited) if ahead > 0 else min(0.0, ahead + waited)
        self._ahead_seconds = min(ahead + seconds, 2 * _AHEAD_SECONDS)
