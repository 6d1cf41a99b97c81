"""The prediction, and the real queue under the load that it allows."""

import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from captions.speech.capacity import (
    MOST_SESSIONS,
    SOUND_CORES,
    Cost,
    Kind,
    Slots,
    Speaker,
    predict,
    room,
    seconds_for,
)
from captions.speech.schedule import Job, Queue


def costs(partial: float, final: float) -> tuple[Cost, ...]:
    return (Cost("partial", 2, partial), Cost("partial", 6, 2 * partial), Cost("final", 4, final))


class TestCosts:
    def test_lie_on_the_line_through_what_was_measured(self) -> None:
        assert seconds_for(costs(0.1, 0.5), "partial", 4) == pytest.approx(0.15)
        assert seconds_for(costs(0.1, 0.5), "partial", 10) == pytest.approx(0.3)
        assert seconds_for(costs(0.1, 0.5), "final", 28) == 0.5

    def test_never_come_to_less_than_the_cheapest(self) -> None:
        noisy = (Cost("partial", 2, 0.2), Cost("partial", 6, 0.1))
        assert seconds_for(noisy, "partial", 20) == 0.1
        assert seconds_for(costs(0.1, 0.5), "partial", 0.1) == 0.1

    def test_together_are_as_much_less_at_any_length(self) -> None:
        measured = (*costs(0.1, 0.5), Cost("partial", 2, 0.15, 2))
        assert seconds_for(measured, "partial", 2, 2) == 0.15
        assert seconds_for(measured, "partial", 6, 2) == pytest.approx(0.3)
        assert seconds_for(measured, "partial", 6) == 0.2

    def test_of_a_kind_that_was_not_measured_are_not_guessed(self) -> None:
        with pytest.raises(ValueError, match="No final was measured"):
            seconds_for(costs(0.1, 0.5)[:2], "final", 4)


class TestRoom:
    def test_there_is_always_one_place(self) -> None:
        assert room(costs(5, 20)) == 1

    def test_a_fast_device_is_held_back_by_the_sound_alone(self) -> None:
        assert room(costs(0.002, 0.01)) == MOST_SESSIONS

    @pytest.mark.parametrize("slower", [1.2, 2, 5])
    def test_a_slower_device_never_has_more(self, slower: float) -> None:
        for partial, final in ((0.02, 0.1), (0.05, 0.4), (0.1, 0.2)):
            fast = room(costs(partial, final))
            assert room(costs(partial * slower, final)) <= fast
            assert room(costs(partial, final * slower)) <= fast

    def test_what_it_gives_is_bearable_and_one_more_is_not(self) -> None:
        measured = costs(0.05, 0.5)
        most = room(measured)
        assert 2 < most < MOST_SESSIONS
        assert predict(measured, most).bearable
        assert not predict(measured, most + 1).bearable

    def test_people_who_speak_less_leave_more_room(self) -> None:
        measured = costs(0.05, 0.5)
        assert room(measured, speaker=Speaker(speech_share=0.3)) > room(measured)


class TestSlots:
    def test_more_of_them_have_more_room(self) -> None:
        measured = costs(0.2, 0.6)
        rooms = [room(measured, Slots(parallel)) for parallel in (1, 2, 3)]
        assert rooms == sorted(set(rooms))
        assert rooms[1] >= 2 * rooms[0]

    def test_sounds_together_have_more_room_where_they_cost_less(self) -> None:
        alone = costs(0.1, 0.3)
        together = (*alone, Cost("partial", 2, 0.12, 2), Cost("final", 4, 0.4, 2))
        assert room(together, Slots(batch=2)) > room(together, Slots(batch=1)) == room(alone)

    def test_the_sound_of_the_sessions_takes_its_part_of_the_cores(self) -> None:
        measured = costs(0.08, 0.2)
        rooms = [room(measured, Slots(2, threads=1, cores=cores)) for cores in (2, 3)]
        assert rooms[0] < rooms[1] == room(measured, Slots(2))

    def test_where_it_takes_all_nobody_is_heard(self) -> None:
        slots = Slots(threads=1, cores=1)
        assert slots.speed(round(1 / SOUND_CORES)) == 0
        load = predict(costs(0.01, 0.05), round(1 / SOUND_CORES), slots)
        assert (load.share, load.wait_seconds) == (math.inf, math.inf)


def test_more_finals_than_fit_wait_for_ever() -> None:
    load = predict(costs(0.05, 0.5), 30)
    assert (load.final_seconds, load.wait_seconds) == (0.5, float("inf"))
    assert load.share == pytest.approx(30 * 0.8 * (0.5 / 2.5 + 0.05))


@pytest.mark.parametrize(("partial", "final"), [(0.02, 0.3), (0.05, 0.5), (0.1, 0.3), (0.15, 0.8)])
@pytest.mark.parametrize("slots", [Slots(), Slots(2), Slots(batch=4, final_batch=2), Slots(2, 4)], ids=str)
def test_a_full_room_gets_its_finals_within_twice_the_idle_time(
    partial: float, final: float, slots: Slots
) -> None:
    measured = costs(partial, final)
    for batch in (2, 4):
        measured += tuple(
            replace(cost, seconds=cost.seconds * (0.4 + 0.6 * batch), batch=batch)
            for cost in measured[::2][:2]
        )
    latencies = simulate(measured, room(measured, slots), slots, seconds=1000)
    assert sum(latencies) / len(latencies) <= 2 * final


def simulate(measured: tuple[Cost, ...], sessions: int, slots: Slots, *, seconds: float) -> list[float]:
    """The latencies of the finals of so many people who speak at once, all asking for a partial every 0.3 s."""
    jobs = sorted(
        (job for number in range(sessions) for job in spoken(f"session {number}", seconds)),
        key=lambda job: job.enqueued_at,
    )
    waiting = iter(jobs)
    coming = next(waiting, None)
    queue: Queue[None] = Queue(backlog_seconds=1e9)
    flying: list[tuple[float, int, list[Job[None]]]] = []
    latencies = []
    now = 0.0
    while coming or len(queue) or flying:
        while coming and coming.enqueued_at <= now:
            queue.put(coming)
            coming = next(waiting, None)
        while (free := slots.parallel - len(flying)) and (
            together := queue.next_together(now, most=slots.batch, most_finals=slots.final_batch, free=free)
        ):
            heapq.heappush(flying, (now + cost_of(measured, together), id(together), together))
        if flying and not (coming and coming.enqueued_at < flying[0][0]):
            now, _, landed = heapq.heappop(flying)
            for job in landed:
                queue.done(job)
                if job.kind == "final":
                    latencies.append(now - job.enqueued_at)
        elif coming:
            now = coming.enqueued_at
    return latencies


def cost_of(measured: tuple[Cost, ...], jobs: list[Job[None]]) -> float:
    kind: Kind = "partial" if jobs[0].kind == "partial" else "final"
    longest = max(job.audio_seconds for job in jobs)
    return seconds_for(measured, kind, longest) * (1 if len(jobs) == 1 else 0.4 + 0.6 * len(jobs))


def spoken(session: str, seconds: float) -> Iterator[Job[None]]:
    """What one person asks of the recogniser."""
    chance = random.Random(session)
    speaker = Speaker()
    pause = speaker.utterance_seconds * (1 / speaker.speech_share - 1)
    at = chance.uniform(0, speaker.utterance_seconds)
    while at < seconds:
        length = chance.uniform(0.5, 1.5) * speaker.utterance_seconds
        for tenths in range(3, int(10 * length), 3):
            yield Job(session, "partial", at + tenths / 10, tenths / 10, None, lot="partial")
        yield Job(session, "final", at + length, length, None, lot="final")
        at += length + chance.uniform(0.5, 1.5) * pause
