"""How many people one recogniser can hear at once, predicted from what its decodes were measured to cost.

Pure. The recogniser never interrupts a decode, takes finals before partials, and where more waits than it can decode at
once it decodes several sounds together (`speech.schedule`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

# The sound of one session was measured to take so much of a core in the worker's event loop, which has one.
SOUND_CORES = 0.04
MOST_SESSIONS = 16

Kind = Literal["partial", "final"]


@dataclass(frozen=True, slots=True)
class Cost:
    """To decode `batch` sounds of `audio_seconds` of speech together takes `seconds`, every slot doing the like."""

    kind: Kind
    audio_seconds: float
    seconds: float
    batch: int = 1


@dataclass(frozen=True, slots=True)
class Slots:
    """`parallel` decodes run at once, each of up to `batch` partials or `final_batch` finals.

    Each takes `threads` of the machine's `cores`, which the worker's sound needs too; 0 where another device decodes.
    """

    parallel: int = 1
    batch: int = 1
    threads: int = 0
    cores: int = 1
    final_batch: int = 1

    def speed(self, sessions: int) -> float:
        """The share of their full speed that decodes keep beside the sound of so many sessions; 0 if none."""
        taken = self.threads * self.parallel
        if not taken:
            return 1.0
        return min(1.0, max(0.0, self.cores - SOUND_CORES * sessions) / taken)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who dictates without pausing to think: what a session asks of the recogniser.

    Speech fills `speech_share` of the time, in utterances of `utterance_seconds`. While someone speaks the text is to
    be renewed every `partial_seconds` at least; it is renewed more often while there is time for that.
    """

    # Read text has a sentence every 3.3 s, and of four finals one is decoded ahead and thrown away.
    utterance_seconds: float = 2.5
    speech_share: float = 0.8
    partial_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """What some number of sessions would do to a recogniser.

    `share` is the share of its time that it would decode in, over 1 when it cannot keep up; `final_seconds` is how
    long a final takes on the idle device, `wait_seconds` how much longer it would take on average.
    """

    share: float
    final_seconds: float
    wait_seconds: float

    @property
    def bearable(self) -> bool:
        """Whether finals take at most twice their idle time and partials come as often as they should."""
        return self.share <= 1 and self.wait_seconds <= self.final_seconds


def predict(
    costs: Sequence[Cost], sessions: int, slots: Slots | None = None, speaker: Speaker | None = None
) -> Load:
    """The load of `sessions` sessions; `costs` has both kinds."""
    slots, speaker = slots or Slots(), speaker or Speaker()
    measured = {cost.batch for cost in costs if cost.kind == "partial" and cost.batch <= slots.batch}
    # Partials are decoded together only where they wait: no more of them than it takes to keep up.
    for batch in sorted(measured):
        load = _load(costs, sessions, slots, speaker, batch)
        if load.share <= 1:
            break
    return load


def room(costs: Sequence[Cost], slots: Slots | None = None, speaker: Speaker | None = None) -> int:
    """The most sessions whose load is bearable: at least one, for somebody has to be heard."""
    sessions = 1
    while sessions < MOST_SESSIONS and predict(costs, sessions + 1, slots, speaker).bearable:
        sessions += 1
    return sessions


def seconds_for(costs: Sequence[Cost], kind: Kind, audio_seconds: float, batch: int = 1) -> float:
    """What a decode costs, on the line through what was measured; never less than the cheapest measured one."""
    together = next((cost for cost in costs if cost.kind == kind and cost.batch == batch), None)
    if batch > 1 and together:
        alone = seconds_for(costs, kind, together.audio_seconds)
        return together.seconds / alone * seconds_for(costs, kind, audio_seconds)
    known = sorted(
        (cost for cost in costs if cost.kind == kind and cost.batch == batch),
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


def _load(costs: Sequence[Cost], sessions: int, slots: Slots, speaker: Speaker, batch: int) -> Load:
    """The load where `batch` partials are decoded together, and finals, of which few wait at once, alone."""
    alone = seconds_for(costs, "final", speaker.utterance_seconds)
    speed = slots.speed(sessions)
    if not speed:
        return Load(math.inf, alone, math.inf)
    final = alone / speed
    # The open utterance grows from nothing to all of it, so that a partial decodes half of it on average.
    partial = seconds_for(costs, "partial", speaker.utterance_seconds / 2, batch) / speed
    speaking = sessions * speaker.speech_share / slots.parallel
    finals = speaking / speaker.utterance_seconds * final
    partials = speaking / speaker.partial_seconds * partial / batch
    if finals >= 1:
        return Load(finals + partials, alone, math.inf)
    # A queue with two classes that does not interrupt its work: a final that finds every slot busy waits for the
    # first of them, which has half a decode before it on average, and for the finals that came before. How often all
    # of several slots are busy is Sakasegawa's approximation.
    taken = min(partials, 1 - finals)
    before_it = (finals * final + taken * partial) / 2 / slots.parallel
    all_busy = (finals + taken) ** (math.sqrt(2 * (slots.parallel + 1)) - 2)
    return Load(finals + partials, alone, all_busy * before_it / (1 - finals) + final - alone)
