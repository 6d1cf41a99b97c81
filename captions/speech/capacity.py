"""How many people one recogniser can hear at once, predicted from what its decodes were measured to cost.

Pure. The recogniser takes one decode at a time and never interrupts it, finals before partials (`speech.schedule`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

# A worker is one event loop, and the sound of one session alone was measured to take 4 % of a processor there.
MOST_SESSIONS = 16


@dataclass(frozen=True, slots=True)
class Cost:
    """To decode `audio_seconds` of speech takes `seconds` while the device does nothing else."""

    kind: Literal["partial", "final"]
    audio_seconds: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who dictates without pausing to think: what a session asks of the recogniser.

    Speech fills `speech_share` of the time, in utterances of `utterance_seconds`. While someone speaks the text is to
    be renewed every `partial_seconds` at least; it is renewed more often while there is time for that.
    """

    utterance_seconds: float = 4.0
    speech_share: float = 0.7
    partial_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """What some number of sessions would do to a recogniser.

    `share` is the share of its time that it would decode in, over 1 when it cannot keep up; `final_seconds` is how
    long a final takes on the idle device, `wait_seconds` how long one would wait for its turn on average.
    """

    share: float
    final_seconds: float
    wait_seconds: float

    @property
    def bearable(self) -> bool:
        """Whether finals take at most twice their idle time and partials come as often as they should."""
        return self.share <= 1 and self.wait_seconds <= self.final_seconds


def predict(costs: Sequence[Cost], sessions: int, speaker: Speaker | None = None) -> Load:
    """The load of `sessions` sessions; `costs` has both kinds."""
    speaker = speaker or Speaker()
    # The open utterance grows from nothing to all of it, so that a partial decodes half of it on average.
    partial = seconds_for(costs, "partial", speaker.utterance_seconds / 2)
    final = seconds_for(costs, "final", speaker.utterance_seconds)
    finals = sessions * final * speaker.speech_share / speaker.utterance_seconds
    partials = sessions * partial * speaker.speech_share / speaker.partial_seconds
    if finals >= 1:
        return Load(finals + partials, final, float("inf"))
    # A queue with two classes that does not interrupt its work: a final waits for what is being decoded when it
    # comes, half of it on average, and for the finals that came before.
    in_work = finals * final / 2 + min(partials, 1 - finals) * partial / 2
    return Load(finals + partials, final, in_work / (1 - finals))


def room(costs: Sequence[Cost], speaker: Speaker | None = None) -> int:
    """The most sessions whose load is bearable: at least one, for somebody has to be heard."""
    sessions = 1
    while sessions < MOST_SESSIONS and predict(costs, sessions + 1, speaker).bearable:
        sessions += 1
    return sessions


def seconds_for(costs: Sequence[Cost], kind: Literal["partial", "final"], audio_seconds: float) -> float:
    """What a decode costs, on the line through what was measured; never less than the cheapest measured one."""
    known = sorted(
        (cost for cost in costs if cost.kind == kind),
        key=lambda cost: cost.audio_seconds,
    )
    if not known:
        raise ValueError(f"No {kind} was measured.")
    first, last = known[0], known[-1]
    if first.audio_seconds == last.audio_seconds:
        return first.seconds
    slope = (last.seconds - first.seconds) / (last.audio_seconds - first.audio_seconds)
    return max(
        first.seconds + slope * (audio_seconds - first.audio_seconds),
        min(first.seconds, last.seconds),
    )
