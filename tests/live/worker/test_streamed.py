"""The way from sound to text where a service gets the sound while it is spoken, with a scripted service."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from captions.asr.engine.base import EngineError, Task
from captions.asr.engine.openai.answer import Answer
from captions.asr.engine.openai.service import Service
from captions.asr.engine.realtime.events import Wish, wish_of
from captions.live.worker import transcriber
from captions.speech.endpointing import EndpointSettings
from captions.speech.live_settings import LiveSettings
from captions.speech.vad import WINDOW
from tests.speech_data import Pcm

from .scene import WORD, Scene

SERVICE = Service("http://127.0.0.1:9/v1", "whisper", "sk-secret", speaks="realtime")
LONG = (65, 0)
PAUSE = (20, 0)
GONE = EngineError("gone", retryable=True, elsewhere=True)

MakeScene = Callable[..., Scene]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcriber, "_RETRY_SECONDS", 0.001)


class NumberStream:
    """Reads the numbers in the samples that were pushed; `draft` has those of which all was."""

    def __init__(self, streams: "NumberStreams") -> None:
        self.lost: EngineError | None = None
        self.is_closed = False
        self.sound: list[Pcm] = []
        self.committed: list[list[Pcm]] = []
        self._streams = streams
        self._sent_ms = 0

    @property
    def draft(self) -> str:
        return read(self.sound) if self._streams.drafts else ""

    def adapt(self, wish: Wish) -> None:
        self._streams.wishes.append(wish)

    def push(self, samples: Pcm) -> None:
        assert self.lost is None
        self.sound.append(samples)
        self._sent_ms += samples.size // 16

    async def commit(self) -> Answer:
        sound, self.sound = self.sound, []
        self.committed.append(sound)
        await self._streams.go.wait()
        if self._streams.faults:
            fault = self._streams.faults.pop(0)
            if fault.elsewhere:
                self.lost = fault
            raise fault
        if self.lost is not None:
            raise self.lost
        return Answer(read(sound), "en")

    def take_sent_ms(self) -> int:
        sent_ms, self._sent_ms = self._sent_ms, 0
        return sent_ms

    async def close(self) -> None:
        self.is_closed = True


class NumberStreams:
    """`faults` are raised by commits, in order; one that is not `elsewhere` does not end its stream."""

    service = SERVICE

    def __init__(self) -> None:
        self.made: list[NumberStream] = []
        self.wishes: list[Wish] = []
        self.faults: list[EngineError] = []
        self.failures: list[EngineError] = []
        self.is_closed = False
        self.live: list[bool] = []
        self.drafts = True
        self.go = asyncio.Event()
        self.go.set()

    def open(self, task: Task, *, is_live: bool = True) -> NumberStream | None:
        if self.is_closed:
            return None
        self.live.append(is_live)
        self.made.append(NumberStream(self))
        self.made[-1].adapt(self.wish(task))
        return self.made[-1]

    def wish(self, task: Task) -> Wish:
        return wish_of("whisper", task)

    def worked(self) -> None: ...

    def failed(self, error: EngineError) -> None:
        self.failures.append(error)

    @property
    def heard(self) -> list[str]:
        """What each commit was about, of all streams."""
        return [read(sound) for each in self.made for sound in each.committed]


def read(sound: list[Pcm]) -> str:
    samples = np.concatenate([*sound, np.zeros(1, np.int16)])
    bounds = [0, *(np.flatnonzero(np.diff(samples)) + 1), samples.size]
    numbers = [
        int(samples[start])
        for start, end in pairwise(map(int, bounds))
        if samples[start] and (end - start) * 2 > WORD * WINDOW
    ]
    return " ".join(f"W{number}" for number in numbers)


@pytest.fixture
def streams() -> NumberStreams:
    return NumberStreams()


@pytest.fixture
def made(scene: MakeScene, streams: NumberStreams) -> Scene:
    return scene(streams=streams, settings=LiveSettings().of_a_stream())


async def test_each_sound_is_sent_once(made: Scene, streams: NumberStreams) -> None:
    await made.say(1, 2)
    await made.hear(PAUSE)
    await made.say(3)
    await made.hear(LONG)
    await made.say(4)
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    assert made.texts() == ["W1 W2 W3", "W4"]
    assert streams.heard == ["W1 W2", "W3", "W4"]
    assert made.recogniser.tasks == []
    assert len(streams.made) == 1
    records = made.records
    assert records[0].end_ms <= records[1].start_ms
    voice_ms = 4 * WORD * 32
    origin = made.transcriber.take_origin()
    assert origin.writers == ("whisper (127.0.0.1)",)
    assert voice_ms <= origin.sent_ms <= voice_ms + 3 * 192 + 20 * 32 + 800


async def test_words_are_shown_before_anybody_pauses(made: Scene, streams: NumberStreams) -> None:
    await made.say(1, 2, 3)
    assert streams.heard == []
    partials = made.of("partial")
    assert [each["stable"] for each in partials] == [""] * len(partials)
    assert [each["tentative"] for each in partials][:2] == ["W1", "W1 W2"]
    await made.hear(PAUSE)
    assert made.of("partial")[-1]["stable"] == "W1 W2 W3"
    await made.say(4, 5)
    assert (made.of("partial")[-1]["stable"], made.of("partial")[-1]["tentative"]) == ("W1 W2 W3", "W4 W5")


async def test_a_service_may_tell_nothing_before_a_commit(made: Scene, streams: NumberStreams) -> None:
    streams.drafts = False
    await made.say(*range(1, 20))
    assert made.of("partial") == []
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    assert made.texts() == [" ".join(f"W{number}" for number in range(1, 20))]


async def test_of_who_never_pauses_nothing_is_written_twice(made: Scene, streams: NumberStreams) -> None:
    numbers = range(1, 1 + 90_000 // (WORD * 32))
    await made.say(*numbers)
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    said = [int(word.removeprefix("W")) for word in " ".join(made.texts()).split()]
    assert said == sorted(set(said))
    cuts = len(streams.heard) - 1
    assert cuts == 3
    # A word in which a sound was cut is in neither part.
    assert len(numbers) - len(said) <= cuts


async def test_who_goes_on_while_a_commit_is_answered(made: Scene, streams: NumberStreams) -> None:
    streams.go.clear()
    await made.say(1)
    await made.hear(LONG)
    await made.say(2, 3)
    await made.hear(LONG)
    await made.say(4)
    streams.go.set()
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    assert made.texts() == ["W1", "W2 W3", "W4"]
    assert streams.heard == ["W1", "W2 W3", "W4"]


async def test_a_stream_that_is_lost_in_mid_sentence(made: Scene, streams: NumberStreams) -> None:
    await made.say(1)
    await made.hear(PAUSE)
    await made.say(2)
    streams.made[0].lost = GONE
    await made.say(3)
    assert streams.made[0].is_closed
    assert made.of("partial")[-1]["tentative"] == "W2 W3"
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    assert made.texts() == ["W1 W2 W3"]
    assert streams.heard == ["W1", "W2 W3"]
    assert streams.failures == [GONE]
    assert made.recogniser.tasks == []


async def test_a_stream_that_is_lost_while_it_is_waited_for(made: Scene, streams: NumberStreams) -> None:
    streams.faults = [GONE]
    await made.say(1, 2)
    await made.hear(LONG)
    await made.say(3)
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    assert made.texts() == ["W1 W2", "W3"]
    assert streams.heard == ["W1 W2", "W1 W2", "W3"]
    assert made.recogniser.tasks == []
    # What was sent twice counts twice.
    assert made.transcriber.take_origin().sent_ms >= 5 * WORD * 32


async def test_after_two_lost_streams_the_sound_is_decoded(made: Scene, streams: NumberStreams) -> None:
    streams.faults = [GONE, GONE]
    await made.say(1)
    await made.hear(PAUSE)
    await made.say(2)
    await made.hear(LONG)
    await made.say(3)
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    assert made.texts() == ["W1 W2", "W3"]
    assert streams.heard == ["W1", "W1", "W2", "W3"]
    assert len(made.recogniser.tasks) == 1


async def test_what_lost_streams_have_sent_is_counted(made: Scene, streams: NumberStreams) -> None:
    streams.faults = [GONE, GONE]
    await made.say(1)
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    assert streams.heard == ["W1", "W1"]
    assert made.transcriber.take_origin().sent_ms >= 2 * WORD * 32


async def test_who_does_not_answer_is_not_asked_again(made: Scene, streams: NumberStreams) -> None:
    streams.faults = [EngineError("slow", retryable=True)]
    await made.say(1)
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    assert made.texts() == ["W1"]
    assert streams.heard == ["W1"]
    assert len(made.recogniser.tasks) == 1


async def test_what_nothing_decodes_is_a_gap_and_no_more(scene: MakeScene, streams: NumberStreams) -> None:
    made = scene(streams=streams, settings=LiveSettings().of_a_stream(), keeps_sound=True)
    streams.faults = [GONE, GONE]
    made.recogniser.script = lambda task, heard: GONE
    await made.say(1, 2)
    await made.hear(LONG)
    for _ in range(20):
        await asyncio.sleep(0.002)
        await made.hear((2, 0))
    made.recogniser.script = lambda task, heard: heard
    await made.say(3)
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    assert made.texts() == ["W3"]
    assert len(made.transcriber.take_undecoded()) == 1
    assert streams.heard == ["W1 W2", "W1 W2", "W3"]


async def test_while_no_stream_is_to_be_had_sounds_are_decoded(made: Scene, streams: NumberStreams) -> None:
    streams.is_closed = True
    await made.say(1, 2)
    await made.hear(PAUSE)
    streams.is_closed = False
    await made.say(3)
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    assert made.texts() == ["W1 W2 W3"]
    assert streams.heard == ["W3"]
    assert len(made.recogniser.tasks) == 1


async def test_a_stream_that_ends_between_sentences_is_no_failure(
    made: Scene, streams: NumberStreams
) -> None:
    await made.say(1)
    await made.hear(LONG)
    streams.made[0].lost = GONE
    await made.say(2)
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    assert made.texts() == ["W1", "W2"]
    assert streams.failures == []
    assert made.recogniser.tasks == []


async def test_a_service_is_told_what_changes(made: Scene, streams: NumberStreams) -> None:
    await made.say(1)
    await made.hear(LONG)
    made.transcriber.speak_in("de")
    made.transcriber.listen_with(EndpointSettings(), ("Valkey",), hops=1)
    await made.say(2)
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    first = Wish("whisper")
    assert streams.wishes == [first, replace(first, language="de", keywords=("Valkey",))]


async def test_sound_that_comes_fast_goes_another_way(made: Scene, streams: NumberStreams) -> None:
    await made.say(1)
    made.transcriber.be_patient(True)
    await made.say(2)
    await made.hear(LONG)
    await made.say(3)
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    assert made.texts() == ["W1 W2", "W3"]
    assert streams.heard == ["W1 W2", "W3"]
    assert streams.live == [True, False]
    assert made.recogniser.patient


async def test_who_stops_is_heard_to_the_end(made: Scene, streams: NumberStreams) -> None:
    await made.say(1, 2)
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    assert made.texts() == ["W1 W2"]
    await made.transcriber.close()
    assert streams.made[0].is_closed
