"""The prediction, and the real queue under the load that it allows."""

import heapq
import math
import random

import pytest

from captions.speech.capacity import (
    MOST_SESSIONS,
    SOUND_CORES,
    Cost,
    Slots,
    Speaker,
    room,
    seconds_for,
    share,
)
from captions.speech.schedule import Queue, QueuedDecode


def costs(seconds: float) -> tuple[Cost, ...]:
    """Of 4 s of sound; 10 s take twice as long."""
    return (Cost(4, seconds), Cost(10, 2 * seconds))


class TestCosts:
    def test_lie_on_the_line_through_what_was_measured(self) -> None:
        assert seconds_for(costs(0.1), 7) == pytest.approx(0.15)
        assert seconds_for(costs(0.1), 16) == pytest.approx(0.3)

    def test_of_one_length_are_those_of_any(self) -> None:
        assert seconds_for((Cost(4, 0.2),), 9) == 0.2

    def test_never_come_to_less_than_the_cheapest(self) -> None:
        noisy = (Cost(4, 0.2), Cost(10, 0.1))
        assert seconds_for(noisy, 28) == 0.1
        assert seconds_for(costs(0.1), 0.1) == 0.1

    def test_that_were_not_measured_are_not_guessed(self) -> None:
        with pytest.raises(ValueError, match="Nothing was measured"):
            seconds_for((), 4)


class TestRoom:
    def test_there_is_always_one_place(self) -> None:
        assert room(costs(5)) == 1

    def test_there_is_an_end_to_it(self) -> None:
        assert room(costs(0.001)) == MOST_SESSIONS

    @pytest.mark.parametrize("slower", [1.2, 2, 5])
    def test_a_slower_device_never_has_more(self, slower: float) -> None:
        for seconds in (0.02, 0.05, 0.1):
            assert room(costs(seconds * slower)) <= room(costs(seconds))

    def test_what_it_gives_is_bearable_and_one_more_is_not(self) -> None:
        measured = costs(0.1)
        most = room(measured)
        assert 2 < most < MOST_SESSIONS
        assert share(measured, most) <= 1 < share(measured, most + 1)

    def test_the_share_is_what_the_speakers_ask_for(self) -> None:
        speaker = Speaker(window_seconds=10, speech_share=0.5, decode_seconds=1.0)
        assert share(costs(0.1), 3, speaker=speaker) == pytest.approx(3 * 0.5 * 0.2)
        assert share(costs(0.1), 3, Slots(2), speaker) == pytest.approx(3 * 0.5 * 0.2 / 2)

    def test_people_who_speak_less_leave_more_room(self) -> None:
        measured = costs(0.1)
        assert room(measured, speaker=Speaker(speech_share=0.3)) > room(measured)
        assert room(measured, speaker=Speaker(decode_seconds=0.2)) < room(measured)


class TestSlots:
    def test_more_of_them_have_more_room(self) -> None:
        measured = costs(0.2)
        rooms = [room(measured, Slots(parallel)) for parallel in (1, 2, 3)]
        assert rooms == sorted(set(rooms))
        assert rooms[1] >= 2 * rooms[0]

    def test_the_sound_of_the_sessions_takes_its_part_of_the_cores(self) -> None:
        measured = costs(0.15)
        rooms = [room(measured, Slots(2, threads=1, cores=cores)) for cores in (2, 3)]
        assert rooms[0] < rooms[1] == room(measured, Slots(2))

    def test_where_it_takes_all_nobody_is_heard(self) -> None:
        slots = Slots(threads=1, cores=1)
        sessions = round(1 / SOUND_CORES)
        assert slots.speed(sessions) == 0
        assert share(costs(0.01), sessions, slots) == math.inf


@pytest.mark.parametrize("seconds", [0.03, 0.1, 0.2, 0.6])
@pytest.mark.parametrize("slots", [Slots(), Slots(2), Slots(4)], ids=str)
def test_in_a_full_room_texts_are_renewed_as_often_as_promised(seconds: float, slots: Slots) -> None:
    measured = costs(seconds)
    speaker = Speaker(speech_share=1.0)
    sessions = room(measured, slots, speaker)
    apart = simulate(measured, sessions, slots, speaker, seconds=200)
    alone = seconds_for(measured, speaker.window_seconds)
    assert sum(apart) / len(apart) <= 1.05 * max(speaker.decode_seconds, alone)


def simulate(
    measured: tuple[Cost, ...], sessions: int, slots: Slots, speaker: Speaker, *, seconds: float
) -> list[float]:
    """The time between the decodes of so many people who never stop speaking, one asked for as the last is there."""
    chance = random.Random(1)
    queue: Queue[None] = Queue()
    flying: list[tuple[float, int, QueuedDecode[None]]] = []
    served: dict[str, float] = {}
    apart: list[float] = []
    now = 0.0

    def ask(session: str) -> None:
        length = chance.uniform(0.95, 1.05) * speaker.window_seconds
        queue.put(QueuedDecode(session, False, now, length, None))

    for number in range(sessions):
        ask(f"session {number}")
    while now < seconds:
        while len(flying) < slots.parallel and (taken := queue.next(now)) is not None:
            heapq.heappush(flying, (now + seconds_for(measured, taken.audio_seconds), id(taken), taken))
        now, _, job = heapq.heappop(flying)
        queue.done(job, now)
        if job.session in served:
            apart.append(now - served[job.session])
        served[job.session] = now
        ask(job.session)
    return apart
