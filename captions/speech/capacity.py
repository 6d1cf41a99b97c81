"""Predicts how many sessions one recogniser can serve at once, from measured costs of decodes.

Pure. It assumes that each session has one decode after the other of its whole window.
"""

from collections.abc import Sequence
from dataclasses import dataclass

# Share of one core that the sound of a session takes in the worker's event loop.
SOUND_CORES = 0.04
MOST_SESSIONS = 16


@dataclass(frozen=True, slots=True)
class Cost:
    """How long one decode takes while every slot does the same."""

    audio_seconds: float
    """Length of the speech that is decoded."""
    seconds: float
    """Time that the decode takes."""


@dataclass(frozen=True, slots=True)
class Slots:
    """How decodes share the machine."""

    parallel: int = 1
    """Decodes that run at once, at least 1."""
    threads: int = 0
    """Cores that each decode takes; 0 if another device decodes."""
    cores: int = 1
    """Cores of the machine, which the sound of the sessions needs too."""

    def speed(self, sessions: int) -> float:
        """The share of their full speed, 0 to 1, at which decodes run beside the sound of `sessions`."""
        taken = self.threads * self.parallel
        if not taken:
            return 1.0
        return min(1.0, max(0.0, self.cores - SOUND_CORES * sessions) / taken)


@dataclass(frozen=True, slots=True)
class Speaker:
    """What a session asks of the recogniser: somebody who dictates without pausing to think.

    Larger windows and shares, and a smaller `decode_seconds`, make room for fewer sessions.
    """

    window_seconds: float = 6.0
    """Mean length of the sound that is decoded."""
    speech_share: float = 0.8
    """Share of the time, 0 to 1, in which there is speech."""
    decode_seconds: float = 0.4
    """Longest time between two decodes of a session during speech. They follow faster while there is capacity."""


def share(
    costs: Sequence[Cost], sessions: int, slots: Slots | None = None, speaker: Speaker | None = None
) -> float:
    """The share of its time that a recogniser needs for `sessions`; above 1 it cannot keep up.

    Raises ValueError if `costs` is empty.
    """
    slots, speaker = slots or Slots(), speaker or Speaker()
    speed = slots.speed(sessions)
    if not speed:
        return float("inf")
    decode = seconds_for(costs, speaker.window_seconds) / speed
    return sessions * speaker.speech_share * decode / speaker.decode_seconds / slots.parallel


def room(costs: Sequence[Cost], slots: Slots | None = None, speaker: Speaker | None = None) -> int:
    """The most sessions that the recogniser keeps up with, 1 to `MOST_SESSIONS`: one is always served.

    Raises ValueError if `costs` is empty.
    """
    sessions = 1
    while sessions < MOST_SESSIONS and share(costs, sessions + 1, slots, speaker) <= 1:
        sessions += 1
    return sessions


def seconds_for(costs: Sequence[Cost], audio_seconds: float) -> float:
    """Seconds that a decode of `audio_seconds` takes, on the line through the shortest and the longest measured sound.

    Never less than the faster of these two. Raises ValueError if `costs` is empty.
    """
    known = sorted(costs, key=lambda cost: cost.audio_seconds)
    if not known:
        raise ValueError("Nothing was measured.")
    first, last = known[0], known[-1]
    if first.audio_seconds == last.audio_seconds:
        return first.seconds
    slope = (last.seconds - first.seconds) / (last.audio_seconds - first.audio_seconds)
    return max(
        first.seconds + slope * (audio_seconds - first.audio_seconds),
        min(first.seconds, last.seconds),
    )
