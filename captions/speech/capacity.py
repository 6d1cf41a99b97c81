"""How many people one recogniser can hear at once, predicted from what its decodes were measured to cost.

Pure. A session asks for one decode after the other of all the sound in its window, and a pause asks for one at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

# The sound of one session was measured to take so much of a core in the worker's event loop, which has one.
SOUND_CORES = 0.04
MOST_SESSIONS = 16


@dataclass(frozen=True, slots=True)
class Cost:
    """To decode a sound of `audio_seconds` of speech takes `seconds`, every slot doing the like."""

    audio_seconds: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Slots:
    """`parallel` decodes run at once.

    Each takes `threads` of the machine's `cores`, which the worker's sound needs too; 0 where another device decodes.
    """

    parallel: int = 1
    threads: int = 0
    cores: int = 1

    def speed(self, sessions: int) -> float:
        """The share of their full speed that decodes keep beside the sound of so many sessions; 0 if none."""
        taken = self.threads * self.parallel
        if not taken:
            return 1.0
        return min(1.0, max(0.0, self.cores - SOUND_CORES * sessions) / taken)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who dictates without pausing to think: what a session asks of the recogniser."""

    window_seconds: float = 6.0
    """How long the sound is that is decoded, on average."""
    speech_share: float = 0.8
    """Speech fills so much of the time."""
    decode_seconds: float = 0.4
    """While someone speaks the text is to be renewed so often at least; it is more often while there is time."""


def share(
    costs: Sequence[Cost], sessions: int, slots: Slots | None = None, speaker: Speaker | None = None
) -> float:
    """The share of its time that a recogniser would decode in; over 1 when it cannot keep up."""
    slots, speaker = slots or Slots(), speaker or Speaker()
    speed = slots.speed(sessions)
    if not speed:
        return float("inf")
    decode = seconds_for(costs, speaker.window_seconds) / speed
    return sessions * speaker.speech_share * decode / speaker.decode_seconds / slots.parallel


def room(costs: Sequence[Cost], slots: Slots | None = None, speaker: Speaker | None = None) -> int:
    """The most sessions that it keeps up with: at least one, for somebody has to be heard."""
    sessions = 1
    while sessions < MOST_SESSIONS and share(costs, sessions + 1, slots, speaker) <= 1:
        sessions += 1
    return sessions


def seconds_for(costs: Sequence[Cost], audio_seconds: float) -> float:
    """What a decode costs, on the line through what was measured; never less than the cheapest measured one.

    Raises ValueError where nothing was measured.
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
