"""The way from sound to text, with real speech, the real voice detector and a scripted engine."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from captions.engines.base import EngineError, Task
from captions.speech.endpointing import EndpointSettings
from captions.speech.listener import Listener
from captions.speech.types import SAMPLE_RATE, SILENCE, Hypothesis, Word
from captions.speech.vad import VadModel
from captions.stretches import Stretch
from captions.transcripts.recording import FinalRecord
from captions.worker.transcriber import Transcriber
from tests.audio import Pcm, load_pcm, load_reference

SESSION = str(uuid.uuid4())
FRAME = SAMPLE_RATE // 50


def heard(text: str, *, language: str = "en", certainty: float = 0.9, probability: float = 0.9) -> Hypothesis:
    """A hypothesis with a word every 200 ms."""
    words = tuple(
        Word(300 + 200 * index, 490 + 200 * index, f" {word}", probability)
        for index, word in enumerate(text.split())
    )
    return Hypothesis(words, language, certainty, 0.0, -0.1, 1.0)


class ScriptedRecogniser:
    """Answers each decode with what `script` says of it."""

    def __init__(self, script: Callable[[Task, int], Hypothesis | EngineError | None]) -> None:
        self.script = script
        self.tasks: list[Task] = []
        self.prefixes: list[str] = []
        self.keeping: Hypothesis | EngineError | None = None
        """The answer of a final that is told how it begins."""
        self.confirmed = 0
        self.backlog_seconds = 0.0
        self.go = asyncio.Event()
        self.go.set()

    async def decode(self, session: str, audio: Pcm, task: Task) -> Hypothesis | None:
        if task.prefix:
            self.prefixes.append(task.prefix)
            if isinstance(self.keeping, EngineError):
                raise self.keeping
            return self.keeping
        self.tasks.append(task)
        await self.go.wait()
        answer = self.script(task, len([t for t in self.tasks if t.kind == task.kind]))
        if isinstance(answer, EngineError):
            raise answer
        return answer

    def confirm(self, session: str) -> None:
        self.confirmed += 1


class Scene:
    """A transcriber, what it told its watchers, and the records it handed over."""

    def __init__(
        self,
        script: Callable[[Task, int], Hypothesis | EngineError | None],
        language: str = "",
        *,
        keeps_sound: bool = False,
    ) -> None:
        self.told: list[dict[str, Any]] = []
        self.records: list[FinalRecord] = []
        self.recogniser = ScriptedRecogniser(script)
        self.transcriber = Transcriber(
            SESSION,
            language=language,
            last_seq=0,
            listener=Listener(VadModel(), EndpointSettings()),
            recogniser=self.recogniser,  # type: ignore[arg-type]
            tell=self.told.append,
            save=self.save,
            keeps_sound=keeps_sound,
        )
        self.saving = True

    def save(self, record: FinalRecord) -> None:
        self.records.append(record)
        if self.saving:
            self.transcriber.saved(record, len(self.records))

    async def speak(self, pcm: Pcm) -> None:
        for start in range(0, pcm.size, FRAME):
            self.transcriber.push(pcm[start : start + FRAME])
            await asyncio.sleep(0)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.told if message["type"] == kind]


@pytest.fixture
async def scene() -> AsyncIterator[Callable[..., Scene]]:
    scenes: list[Scene] = []

    def make(
        script: Callable[[Task, int], Hypothesis | EngineError | None], language: str = "", **options: bool
    ) -> Scene:
        scenes.append(Scene(script, language, **options))
        return scenes[-1]

    yield make
    for made in scenes:
        await made.transcriber.close()


@pytest.fixture(scope="module")
def note() -> Pcm:
    return load_pcm("note-en-us")


@pytest.fixture(scope="module")
def sentence(note: Pcm) -> Pcm:
    """The first sentence with a second of silence behind it."""
    end_ms = load_reference("note-en-us").sentences[0].end_ms
    return np.concatenate([note[: end_ms * 16], np.zeros(SAMPLE_RATE, np.int16)])


MakeScene = Callable[..., Scene]


async def test_every_sentence_becomes_one_final_in_order(scene: MakeScene, note: Pcm) -> None:
    made = scene(lambda task, count: heard(f"sentence {count}") if task.kind == "final" else heard("so far"))
    await made.speak(note)
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    finals = made.of("final")
    assert [final["text"] for final in finals] == [f"sentence {count}" for count in range(1, 7)]
    assert [final["seq"] for final in finals] == [1, 2, 3, 4, 5, 6]
    starts = [final["start_ms"] for final in finals]
    for start, spoken in zip(starts, load_reference("note-en-us").sentences, strict=True):
        assert abs(start - spoken.start_ms) < 400
    assert made.transcriber.last_seq == 6
    assert made.transcriber.clock_ms == note.size // 16


async def test_stable_text_only_grows(scene: MakeScene, sentence: Pcm) -> None:
    decodes = ["what", "what time was", "what time is the", "what time is the medicine"]
    made = scene(lambda task, count: heard(decodes[min(count, 4) - 1]))
    await made.speak(sentence)
    await made.transcriber.drained(5)
    partials = made.of("partial")
    for before, after in pairwise(partials):
        assert after["stable"].startswith(before["stable"])
    assert len({partial["utterance"] for partial in partials}) == 1
    assert made.of("final")[0]["utterance"] == partials[0]["utterance"]


async def test_a_final_is_told_only_when_it_is_saved(scene: MakeScene, sentence: Pcm) -> None:
    made = scene(lambda task, count: heard("said"))
    made.saving = False
    await made.speak(sentence)
    assert not await made.transcriber.drained(0.1)
    assert not made.of("final")
    made.transcriber.saved(made.records[0], 1)
    assert await made.transcriber.drained(1)
    assert made.of("final")[0]["text"] == "said"


async def test_a_final_that_can_never_be_saved_is_told(scene: MakeScene, sentence: Pcm) -> None:
    made = scene(lambda task, count: heard("said"))
    made.saving = False
    await made.speak(sentence)
    assert not await made.transcriber.drained(0.1)
    made.transcriber.refused(made.records[0])
    assert await made.transcriber.drained(1)
    assert [error["code"] for error in made.of("error")] == ["not_transcribed"]
    assert not made.of("final")


async def test_a_partial_that_comes_after_its_utterance_is_void(scene: MakeScene, sentence: Pcm) -> None:
    made = scene(lambda task, count: heard("late" if task.kind == "partial" else "said"))
    made.recogniser.go.clear()
    await made.speak(sentence)
    made.recogniser.go.set()
    assert await made.transcriber.drained(5)
    assert not [partial for partial in made.of("partial") if partial["tentative"] or partial["stable"]]
    assert [task.kind for task in made.recogniser.tasks] == ["partial", "final"]


@pytest.mark.parametrize(
    ("keeping", "final"),
    [
        (heard("What thyme is the medicine at noon?"), "What thyme is the medicine at noon?"),
        (
            heard("What thyme is the medicine at noon?", probability=0.82),
            "What thyme is the medicine at noon?",
        ),
        (heard("What thyme is the medicine at noon?", probability=0.7), "What time is the medicine at noon?"),
        (heard("Something else entirely", probability=0.99), "What time is the medicine at noon?"),
        (EngineError("no"), "What time is the medicine at noon?"),
        (None, "What time is the medicine at noon?"),
    ],
)
async def test_a_final_keeps_stable_words_that_are_as_likely(
    scene: MakeScene, sentence: Pcm, keeping: Hypothesis | EngineError | None, final: str
) -> None:
    said = {"partial": heard("What thyme"), "final": heard("What time is the medicine at noon?")}
    made = scene(lambda task, count: said[task.kind])
    made.recogniser.keeping = keeping
    await made.speak(sentence)
    assert await made.transcriber.drained(5)
    assert [record.text for record in made.records] == [final]
    # Once, and ahead of the end: the final itself finds it done.
    assert made.recogniser.prefixes == ["What thyme"]
    assert [task.kind for task in made.recogniser.tasks if task.kind == "final"] == ["final"]


async def test_a_final_that_agrees_is_decoded_once(scene: MakeScene, sentence: Pcm) -> None:
    made = scene(lambda task, count: heard("what, time" if task.kind == "partial" else "What time is it?"))
    await made.speak(sentence)
    assert await made.transcriber.drained(5)
    assert not made.recogniser.prefixes
    assert [record.text for record in made.records] == ["What time is it?"]


async def test_what_nobody_said_leaves_the_page(scene: MakeScene, sentence: Pcm) -> None:
    made = scene(lambda task, count: SILENCE if task.kind == "final" else heard("Thank you."))
    await made.speak(sentence)
    assert await made.transcriber.drained(5)
    assert not made.records
    assert (made.told[-1]["stable"], made.told[-1]["tentative"]) == ("", "")


async def test_an_engine_that_fails_for_good_costs_no_stable_word(scene: MakeScene, sentence: Pcm) -> None:
    made = scene(lambda task, count: EngineError("no") if task.kind == "final" else heard("kept words"))
    await made.speak(sentence)
    assert await made.transcriber.drained(5)
    assert [record.text for record in made.records] == ["kept words"]


async def test_an_utterance_without_any_decode_is_told_as_lost(scene: MakeScene, sentence: Pcm) -> None:
    made = scene(lambda task, count: EngineError("no"))
    await made.speak(sentence)
    assert await made.transcriber.drained(5)
    assert [error["code"] for error in made.of("error")] == ["not_transcribed"]


async def test_what_no_engine_decodes_is_left_to_whoever_reads_the_sound(
    scene: MakeScene, sentence: Pcm
) -> None:
    made = scene(lambda task, count: EngineError("no"), keeps_sound=True)
    await made.speak(sentence)
    assert await made.transcriber.drained(5)
    [error] = made.of("error")
    assert error["message"].endswith("It tries again with the sound that it keeps.")
    started, stopped = made.of("speech")
    assert made.transcriber.take_undecoded() == (Stretch(started["at_ms"], stopped["at_ms"]),)
    assert made.transcriber.take_undecoded() == ()
    # From now on nobody could find it there.
    made.transcriber.sound_lost()
    await made.speak(sentence)
    assert await made.transcriber.drained(5)
    assert made.transcriber.take_undecoded() == ()
    assert made.of("error")[-1]["message"].endswith("Say it again.")


async def test_no_final_begins_before_what_was_settled(scene: MakeScene, note: Pcm) -> None:
    def script(task: Task, count: int) -> Hypothesis | EngineError:
        # Some are nothing after all, and some fail for good.
        if task.kind == "partial":
            return EngineError("no")
        if count == 4:
            return EngineError("no")
        return heard("" if count == 2 else f"sentence {count}")

    made = scene(script)
    moments = []
    for start in range(0, note.size, SAMPLE_RATE // 5):
        await made.speak(note[start : start + SAMPLE_RATE // 5])
        moments.append((made.transcriber.settled_ms, len(made.records)))
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    at = {
        state: [message["at_ms"] for message in made.of("speech") if message["state"] == state]
        for state in ("started", "stopped")
    }
    records = [0, None, 1, None, 2, 3]
    for settled, saved in moments:
        assert settled is not None
        for begin, over, record in zip(at["started"], at["stopped"], records, strict=True):
            if begin < settled:
                assert over <= settled, "no utterance is torn"
                assert record is None or record < saved, "what is settled is saved"
    assert moments[-1][0] > at["stopped"][-2]
    assert made.transcriber.settled_ms == made.records[-1].settled_ms == at["stopped"][-1]


async def test_while_a_final_is_being_saved_nothing_is_settled(scene: MakeScene, sentence: Pcm) -> None:
    made = scene(lambda task, count: heard("not saved yet"))
    made.saving = False
    await made.speak(sentence)
    assert not await made.transcriber.drained(0.01)
    assert made.transcriber.settled_ms is None
    made.transcriber.saved(made.records[0], 1)
    assert made.transcriber.settled_ms == made.records[0].settled_ms


async def test_the_language_is_kept_once_it_is_certain(scene: MakeScene, note: Pcm) -> None:
    answers = {1: heard("hallo", language="de", certainty=0.4), 2: heard("hello", certainty=0.95)}
    made = scene(lambda task, count: answers.get(count, heard("more")) if task.kind == "final" else None)
    await made.speak(note)
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    finals = [task.language for task in made.recogniser.tasks if task.kind == "final"]
    assert finals[:3] == ["", "", "en"]
    assert made.records[0].language == "de"


async def test_stop_in_mid_sentence_keeps_the_words(scene: MakeScene, note: Pcm) -> None:
    made = scene(lambda task, count: heard("cut off"))
    await made.speak(note[: SAMPLE_RATE * 2])
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    assert [record.text for record in made.records] == ["cut off"]
    assert not made.transcriber.speaking


async def test_a_hole_closes_the_utterance_and_moves_the_clock(scene: MakeScene, note: Pcm) -> None:
    made = scene(lambda task, count: heard(f"part {count}"))
    await made.speak(note[: SAMPLE_RATE * 2])
    made.transcriber.skip(SAMPLE_RATE * 10)
    await made.speak(note[SAMPLE_RATE * 3 : SAMPLE_RATE * 8])
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    assert made.transcriber.clock_ms == 17_000
    assert made.records[0].end_ms <= 2_400
    assert all(record.start_ms >= 12_000 for record in made.records[1:])


async def test_the_speaker_says_how_to_listen(scene: MakeScene, sentence: Pcm) -> None:
    made = scene(lambda task, count: heard("good morning"))
    await made.speak(sentence)
    made.transcriber.listen_with(EndpointSettings(silence_ms=2_000), ("Ishbel Rendall", "Stromness"))
    # A second of silence is not the end of a sentence any more.
    await made.speak(np.concatenate([sentence, sentence]))
    made.transcriber.flush()
    await made.transcriber.drained(5)
    assert len(made.of("final")) == 2
    words = {task.kind: set[tuple[str, ...]]() for task in made.recogniser.tasks}
    for task in made.recogniser.tasks:
        words[task.kind].add(task.hotwords)
    assert words == {"partial": {()}, "final": {(), ("Ishbel Rendall", "Stromness")}}


async def test_the_speaker_changes_the_language(scene: MakeScene, sentence: Pcm) -> None:
    made = scene(lambda task, count: heard("hello") if task.kind == "final" else None, "en")
    made.transcriber.speak_in("en")
    await made.speak(sentence)
    made.transcriber.speak_in("de")
    await made.speak(sentence)
    made.transcriber.speak_in("")
    await made.speak(sentence)
    assert await made.transcriber.drained(5)
    assert [task.language for task in made.recogniser.tasks if task.kind == "final"] == ["en", "de", ""]
