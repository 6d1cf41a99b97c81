"""How long a session may go without this or that."""

from dataclasses import dataclass


@dataclass(slots=True)
class Signs:
    """When there last was a sign of life, in monotonic seconds."""

    heard_at: float
    """Sound came, or was about to."""
    present_at: float
    """A browser watched."""
    voice_at: float
    """Somebody spoke."""


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """When a session ends by itself, in seconds."""

    session_seconds: float
    silence_seconds: float
    pause_seconds: float
    media_end_seconds: float
    resume_seconds: float
    stop_grace_seconds: float
    """Not a limit: how long the last packets of a session that is stopped are waited for."""

    def why_over(self, now: float, signs: Signs, *, clock_ms: int, paused: bool) -> str | None:
        """Why a session must end now, or None."""
        if clock_ms >= self.session_seconds * 1000:
            return "limit"
        if now - signs.present_at > self.resume_seconds:
            return "lost"
        if paused:
            return "silence" if now - signs.heard_at > self.pause_seconds else None
        if now - signs.heard_at > self.media_end_seconds:
            return "lost"
        return "silence" if now - signs.voice_at > self.silence_seconds else None
