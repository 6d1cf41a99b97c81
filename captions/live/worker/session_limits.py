"""The limits at which a live session ends by itself."""

from dataclasses import dataclass


@dataclass(slots=True)
class Signs:
    """When a session was last active, in monotonic seconds."""

    heard_at: float
    """When sound last arrived; an offer and a resume count as well, since sound follows them."""
    present_at: float
    """When a browser last had a socket open to the session, or its sound arrived where it has none."""
    voice_at: float
    """When the endpointing last found voice."""


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """How long a session may last, and how long it may stay inactive; all in seconds, all positive."""

    session_seconds: float
    """Longest session, on its own clock, which stands still during a pause."""
    silence_seconds: float
    """Longest time without voice while sound arrives. Shorter frees the place of a forgotten microphone sooner."""
    pause_seconds: float
    """Longest pause."""
    media_end_seconds: float
    """Longest time without sound while the session is not paused. Shorter gives a broken connection less time."""
    resume_seconds: float
    """Longest time without a browser, from the last socket that closed to the next one that opens."""
    alone_seconds: float
    """The same while its sound goes on to arrive: then it is there, but nothing of it gets through over its socket."""
    stop_grace_seconds: float
    """How long the last packets are awaited after Stop; 0 loses those that are still in the network."""

    def why_over(self, now: float, signs: Signs, *, clock_ms: int, paused: bool) -> str | None:
        """The reason why a session must end now, as `media.reason` of the wire protocol names it; None if it goes on.

        `now` is monotonic seconds, `clock_ms` the session's clock.
        """
        if clock_ms >= self.session_seconds * 1000:
            return "limit"
        is_heard = not paused and now - signs.heard_at <= self.resume_seconds
        if now - signs.present_at > (self.alone_seconds if is_heard else self.resume_seconds):
            return "lost"
        if paused:
            return "silence" if now - signs.heard_at > self.pause_seconds else None
        if now - signs.heard_at > self.media_end_seconds:
            return "lost"
        return "silence" if now - signs.voice_at > self.silence_seconds else None
