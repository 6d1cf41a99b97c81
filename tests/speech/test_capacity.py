"""The prediction, and the real queue under the load that it allows."""

import random
from collections.abc import Iterator
from typing import Literal

import pytest

from captions.speech.capacity import MOST_SESSIONS, Cost, Speaker, predict, room, seconds_for
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
        assert room(measured, Speaker(speech_share=0.3)) > room(measured)


def test_more_finals_than_fit_wait_for_ever() -> None:
    load = predict(costs(0.05, 0.5), 30)
    assert (load.final_seconds, load.wait_seconds) == (0.5, float("inf"))
    assert load.share == pytest.approx(30 * 0.7 * (0.5 / 4 + 0.05))


@pytest.mark.parametrize(("partial", "final"), [(0.02, 0.3), (0.05, 0.5), (0.1, 0.3), (0.15, 0.8)])
def test_a_full_room_gets_its_finals_within_twice_the_idle_time(partial: float, final: float) -> None:
    measured = costs(partial, final)
    latencies = simulate(measured, room(measured), seconds=2000)
    assert sum(latencies) / len(latencies) <= 2 * final


def simulate(measured: tuple[Cost, ...], sessions: int, *, seconds: float) -> list[float]:
    """The latencies of the finals of so many people who speak at once, all asking for a partial every 0.3 s."""
    jobs = sorted(
        (job for number in range(sessions) for job in spoken(f"session {number}", seconds)),
        key=lambda job: job.enqueued_at,
    )
    waiting = iter(jobs)
    coming = next(waiting, None)
    queue: Queue[None] = Queue(backlog_seconds=1e9)
    latencies = []
    now = 0.0
    while coming or len(queue):
        if coming and not len(queue):
            now = max(now, coming.enqueued_at)
        while coming and coming.enqueued_at <= now:
            queue.put(coming)
            coming = next(waiting, None)
        job = queue.next(now)
        assert job is not None
        kind: Literal["partial", "final"] = "partial" if job.kind == "partial" else "final"
        now += seconds_for(measured, kind, job.audio_seconds)
        queue.done(job)
        if kind == "final":
            latencies.append(now - job.enqueued_at)
    return latencies


def spoken(session: str, seconds: float) -> Iterator[Job[None]]:
    """What one person asks of the recogniser."""
    chance = random.Random(session)
    speaker = Speaker()
    pause = speaker.utterance_seconds * (1 / speaker.speech_share - 1)
    at = chance.uniform(0, speaker.utterance_seconds)
    while at < seconds:
        length = chance.uniform(0.5, 1.5) * speaker.utterance_seconds
        for tenths in range(3, int(10 * length), 3):
            yield Job(session, "partial", at + tenths / 10, tenths / 10, None)
        yield Job(session, "final", at + length, length, None)
        at += length + chance.uniform(0.5, 1.5) * pause
