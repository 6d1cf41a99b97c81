"""The way from sound to text, with a scripted engine."""

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from captions.asr.engine.base import EngineError, Task
from captions.live.worker import transcriber
from captions.speech.endpointing import EndpointSettings
from captions.speech.live_settings import LiveSettings
from captions.speech.origin import NO_ORIGIN
from captions.speech.types import SAMPLE_RATE, SILENCE, Hypothesis, TimeRange
from captions.speech.vad import WINDOW

from .scene import WORD, Answer, Scene

MakeScene = Callable[..., Scene]
LONG = (65, 0)
"""Silence that ends a row."""


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcriber, "_RETRY_SECONDS", 0.001)


def failing(task: Task, heard: Hypothesis) -> Answer:
    return EngineError("no")


async def test_every_sentence_becomes_one_final_in_order(scene: MakeScene) -> None:
    made = scene()
    made.recogniser.marks = {3: ".", 5: "."}
    for number in range(1, 7):
        await made.say(number)
        await made.hear((20, 0))
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    finals = made.of("final")
    assert [final["text"] for final in finals] == ["W1 W2 W3.", "W4 W5.", "W6"]
    assert [final["seq"] for final in finals] == [1, 2, 3]
    assert [final["start_ms"] for final in finals] == [0, 3 * 28 * 32, 5 * 28 * 32]
    assert made.transcriber.last_seq == 3
    assert made.transcriber.clock_ms == 6 * 28 * 32


async def test_the_page_is_told_what_is_being_said(scene: MakeScene) -> None:
    made = scene()
    await made.say(1, 2, 3, 4)
    await made.hear(LONG)
    partials = made.of("partial")
    for before, after in pairwise(partials):
        assert after["stable"].startswith(before["stable"])
    assert len({partial["utterance"] for partial in partials}) == 1
    assert (partials[0]["stable"], partials[0]["tentative"]) == ("", "W1")
    assert partials[-1]["stable"] == "W1 W2 W3 W4"
    assert made.of("final")[0]["utterance"] == partials[0]["utterance"]


async def test_the_page_is_told_when_somebody_speaks(scene: MakeScene) -> None:
    made = scene()
    await made.hear((10, 0))
    assert not made.of("speech")
    speaking = [made.transcriber.speaking]
    await made.say(1)
    assert [each["state"] for each in made.of("speech")] == ["started"]
    speaking.append(made.transcriber.speaking)
    await made.hear((20, 0))
    speaking.append(made.transcriber.speaking)
    await made.hear(LONG)
    assert [each["state"] for each in made.of("speech")] == ["started", "stopped"]
    assert [*speaking, made.transcriber.speaking] == [False, True, True, False], "a pause ends no sentence"


async def test_programs_are_told_when_speech_that_stopped_has_all_its_text(scene: MakeScene) -> None:
    made = scene()
    made.saving = False
    made.recogniser.marks = {1: "."}
    await made.say(1, 2)
    await made.hear(LONG)
    await made.turns(10)
    await made.say(3)
    assert [each["state"] for each in made.of("speech")] == ["started", "stopped", "started"]
    assert not made.of("settled"), "its rows are not saved"
    for number, record in enumerate(list(made.records), 1):
        made.transcriber.saved(record, number)
    assert [final["text"] for final in made.of("final")] == ["W1.", "W2"]
    assert made.told[-1] == {"type": "settled", "at_ms": made.of("speech")[1]["at_ms"]}


async def test_speech_without_words_is_settled_too(scene: MakeScene) -> None:
    made = scene()
    made.recogniser.script = lambda task, heard: SILENCE
    await made.say(1)
    await made.hear(LONG)
    await made.turns(20)
    assert not made.of("final")
    assert [each["at_ms"] for each in made.of("settled")] == [made.of("speech")[1]["at_ms"]]


async def test_one_decode_is_asked_for_at_a_time_and_a_pause_asks_urgently(scene: MakeScene) -> None:
    made = scene()
    made.recogniser.go.clear()
    await made.say(1, 2, 3)
    await made.hear((20, 0))
    assert len(made.recogniser.tasks) == 1
    made.recogniser.go.set()
    await made.turns(10)
    assert made.recogniser.urgent == [False, True]
    assert made.recogniser.busiest == 1
    assert made.of("partial")[-1]["stable"] == "W1 W2 W3"


async def test_a_final_is_told_only_when_it_is_saved(scene: MakeScene) -> None:
    made = scene()
    made.saving = False
    await made.say(1)
    await made.hear(LONG)
    assert not await made.transcriber.drained(0.05)
    assert not made.of("final")
    made.transcriber.saved(made.records[0], 1)
    assert await made.transcriber.drained(1)
    assert made.of("final")[0]["text"] == "W1"


async def test_a_final_that_can_never_be_saved_is_told(scene: MakeScene) -> None:
    made = scene()
    made.saving = False
    await made.say(1)
    await made.hear(LONG)
    assert not await made.transcriber.drained(0.05)
    made.transcriber.refused(made.records[0])
    assert await made.transcriber.drained(1)
    assert [error["code"] for error in made.of("error")] == ["not_transcribed"]
    assert not made.of("final")


async def test_a_recorder_that_is_full_is_told(scene: MakeScene) -> None:
    made = scene()
    made.full = True
    await made.say(1)
    await made.hear(LONG)
    assert await made.transcriber.drained(1)
    assert [error["code"] for error in made.of("error")] == ["not_transcribed"]
    last = made.of("partial")[-1]
    assert (last["stable"], last["tentative"]) == ("", "")


async def test_what_nobody_said_leaves_the_page(scene: MakeScene) -> None:
    made = scene()
    await made.say(1)
    await made.hear((4, 1))
    assert made.of("partial")[-1]["tentative"] == "W1"
    made.recogniser.script = lambda task, heard: SILENCE
    await made.hear((3, 1), LONG)
    assert await made.transcriber.drained(5)
    assert not made.records
    last = made.of("partial")[-1]
    assert (last["stable"], last["tentative"]) == ("", "")


async def test_an_engine_that_fails_for_good_costs_no_stable_word(scene: MakeScene) -> None:
    made = scene()
    await made.say(1, 2)
    await made.hear((20, 0))
    made.recogniser.script = failing
    await made.say(3)
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    assert made.texts() == ["W1 W2"]
    assert [error["code"] for error in made.of("error")] == ["not_transcribed"]


async def test_an_engine_that_fails_now_and_then_is_asked_again(scene: MakeScene) -> None:
    made = scene()
    chance = random.Random(3)
    made.recogniser.script = lambda task, heard: EngineError("no") if chance.random() < 0.3 else heard
    for number in range(1, 11):
        await made.say(number)
        await made.hear((5, 0))
        await asyncio.sleep(0.002)
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    assert " ".join(made.texts()) == " ".join(f"W{number}" for number in range(1, 11))


async def test_what_no_engine_decodes_is_told_as_lost(scene: MakeScene) -> None:
    made = scene()
    made.recogniser.script = failing
    await made.say(1)
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    assert [error["code"] for error in made.of("error")] == ["not_transcribed"]
    assert made.of("error")[0]["message"].endswith("Say it again.")
    assert made.transcriber.take_undecoded() == ()


async def test_what_no_engine_decodes_is_left_to_whoever_reads_the_sound(scene: MakeScene) -> None:
    made = scene(keeps_sound=True)
    made.recogniser.script = failing
    await made.say(1)
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    [error] = made.of("error")
    assert error["message"].endswith("The server is trying again from the recording.")
    assert made.transcriber.take_undecoded() == (TimeRange(0, WORD * 32 + 400),)
    assert made.transcriber.take_undecoded() == ()
    # From now on nobody could find it there.
    made.transcriber.sound_changed(False)
    await made.say(2)
    await made.hear(LONG)
    assert await made.transcriber.drained(5)
    assert made.transcriber.take_undecoded() == ()
    assert made.of("error")[-1]["message"].endswith("Say it again.")


@pytest.mark.parametrize("keeps_sound", [False, True])
@pytest.mark.parametrize("loss", ["not decoded", "sound lost", "refused", "full"])
async def test_whatever_was_lost_may_have_been_words(scene: MakeScene, keeps_sound: bool, loss: str) -> None:
    made = scene(keeps_sound=keeps_sound)
    assert not made.transcriber.may_hold_words
    match loss:
        case "not decoded":
            made.recogniser.script = failing
        case "sound lost":
            made.recogniser.script = failing
            made.transcriber.sound_changed(False)
        case "refused":
            made.saving = False
        case "full":
            made.full = True
    await made.say(1)
    await made.hear(LONG)
    if loss == "refused":
        made.transcriber.refused(made.records[0])
    assert await made.transcriber.drained(5)
    assert made.transcriber.last_seq == 0
    assert made.transcriber.may_hold_words


@pytest.mark.parametrize("keeps_sound", [False, True])
async def test_a_voice_without_words_may_have_been_some_where_it_can_be_heard_again(
    scene: MakeScene, keeps_sound: bool
) -> None:
    made = scene(keeps_sound=keeps_sound)
    made.recogniser.script = lambda task, heard: SILENCE
    await made.hear(LONG)
    assert not made.transcriber.may_hold_words, "silence"
    await made.say(1)
    await made.hear(LONG)
    # What was recorded until then is still there.
    made.transcriber.sound_changed(False)
    assert await made.transcriber.drained(5)
    assert made.transcriber.may_hold_words is keeps_sound


async def test_sound_that_has_fallen_out_is_told_as_lost(scene: MakeScene) -> None:
    made = scene(keeps_sound=True)
    made.recogniser.go.clear()
    await made.say(1)
    made.transcriber.flush()
    for _ in range(26):
        made.transcriber.push(np.zeros(5 * SAMPLE_RATE, np.int16))
    made.recogniser.go.set()
    made.recogniser.script = failing
    assert await made.transcriber.drained(5)
    assert made.transcriber.take_undecoded() == (TimeRange(0, WORD * 32),)


async def test_no_final_begins_before_what_was_settled(scene: MakeScene) -> None:
    made = scene()
    chance = random.Random(1)
    made.recogniser.pace = lambda: chance.randrange(20)
    made.recogniser.marks = dict.fromkeys(range(0, 30, 4), ".")
    moments = []
    for number in range(1, 30):
        await made.say(number)
        moments.append((made.transcriber.settled_ms, len(made.records)))
        await made.hear((chance.choice([0, 3, 20, 70]), 0))
        moments.append((made.transcriber.settled_ms, len(made.records)))
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    settled = [each for each, _ in moments if each is not None]
    assert settled == sorted(settled)
    assert settled[-1] > 5_000
    for settled_ms, saved in moments:
        assert settled_ms is not None
        assert all(record.start_ms >= settled_ms for record in made.records[saved:])
        assert all(record.start_ms < settled_ms or not settled_ms for record in made.records[:saved])
    assert made.transcriber.settled_ms == made.records[-1].settled_ms == made.transcriber.clock_ms


async def test_while_a_final_is_being_saved_nothing_is_settled(scene: MakeScene) -> None:
    made = scene()
    made.saving = False
    await made.say(1)
    await made.hear(LONG)
    while_saving_ms = made.transcriber.settled_ms
    assert while_saving_ms is None
    assert made.transcriber.decoded_ms > 0
    made.transcriber.saved(made.records[0], 1)
    settled_ms, settled_in_record_ms = made.transcriber.settled_ms, made.records[0].settled_ms
    assert settled_ms is not None
    assert settled_in_record_ms is not None
    assert settled_ms >= settled_in_record_ms


async def test_stop_in_mid_sentence_keeps_the_words(scene: MakeScene) -> None:
    made = scene()
    await made.say(1, 2, 3)
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    assert made.texts() == ["W1 W2 W3"]
    assert not made.transcriber.speaking


async def test_a_hole_closes_the_sentence_and_moves_the_clock(scene: MakeScene) -> None:
    made = scene()
    await made.say(1, 2)
    made.transcriber.skip(SAMPLE_RATE * 10)
    await made.say(3, 4)
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    assert made.transcriber.clock_ms == 10_000 + 4 * WORD * 32
    assert made.texts() == ["W1 W2", "W3 W4"]
    assert made.records[0].end_ms <= 2 * WORD * 32
    assert made.records[1].start_ms >= 10_000


async def test_a_session_that_moved_goes_on_counting(scene: MakeScene) -> None:
    made = scene(start_sample=3_600_000 * 16, last_seq=7)
    assert made.transcriber.settled_ms == 3_600_000
    assert made.transcriber.last_seq == 7
    await made.say(1)
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    assert made.records[0].start_ms == 3_600_000


async def test_the_speaker_says_how_to_listen(scene: MakeScene) -> None:
    made = scene()
    await made.say(1)
    await made.hear((4, 0))
    made.transcriber.listen_with(EndpointSettings(silence_ms=640), ("Ishbel Rendall", "Stromness"))
    await made.hear((16, 0))
    assert made.texts() == ["W1"]
    await made.say(2)
    await made.hear((20, 0))
    assert made.texts() == ["W1", "W2"]
    assert made.recogniser.tasks[0].hotwords == ()
    assert made.recogniser.tasks[-1].hotwords == ("Ishbel Rendall", "Stromness")


async def test_the_speaker_changes_the_language(scene: MakeScene) -> None:
    made = scene("en")
    made.transcriber.speak_in("en")
    asked = []
    for language in ("en", "de", ""):
        made.transcriber.speak_in(language)
        made.recogniser.tasks.clear()
        await made.say(1)
        await made.hear(LONG)
        asked.append(made.recogniser.tasks[0])
    assert [task.language for task in asked] == ["en", "de", ""]
    assert [task.prompt for task in asked] == ["", "", ""], "the text before is in another one"
    assert [task.likely for task in asked] == [(), (), ("en",)]


async def test_where_none_is_chosen_a_window_begins_with_the_language_that_is_heard(scene: MakeScene) -> None:
    made = scene()
    made.recogniser.script = lambda task, heard: replace(heard, language="de") if heard.words else heard
    await made.say(1, 2)
    await made.hear((20, 0))
    first, *_, last = made.recogniser.tasks
    assert (first.language, first.likely, first.prefix) == ("", (), "")
    await made.say(3)
    last = made.recogniser.tasks[-1]
    assert (last.language, last.prefix) == ("de", "W1 W2")
    await made.hear(LONG)
    made.recogniser.tasks.clear()
    await made.say(4, 5)
    first = made.recogniser.tasks[0]
    assert (first.language, first.likely, first.prompt) == ("", ("de",), "W1 W2 W3")
    assert made.records[0].language == "de"


async def test_the_only_language_of_a_model_is_no_question(scene: MakeScene) -> None:
    made = scene(only_language="en")
    for _ in range(2):
        await made.say(1, 2, 3, 4, 5, 6, 7)
        await made.hear((25, 0))
        made.transcriber.speak_in("")
    assert {task.language for task in made.recogniser.tasks} == {"en"}
    one = len(made.recogniser.tasks)
    told = scene("en")
    for _ in range(2):
        await told.say(1, 2, 3, 4, 5, 6, 7)
        await told.hear((25, 0))
    assert len(told.recogniser.tasks) == one, "no more decodes than for who has chosen it"


async def test_a_task_says_what_is_known(scene: MakeScene) -> None:
    made = scene("en")
    await made.say(1, 2)
    await made.hear((20, 0))
    await made.say(3)
    task = made.recogniser.tasks[-1]
    assert task.kind == "partial"
    assert task.prefix == "W1 W2"
    assert task.new_ms == made.recogniser.sizes[-1] // 16 - 2 * WORD * 32
    assert 0 < task.voice_ms <= WORD * 32


async def test_a_decode_that_breaks_is_tried_again(scene: MakeScene) -> None:
    made = scene()
    broken = iter([True])

    def script(task: Task, heard: Hypothesis) -> Answer:
        if next(broken, False):
            raise RuntimeError("a bug")
        return heard

    made.recogniser.script = script
    await made.say(1)
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    assert made.texts() == ["W1"]


@pytest.mark.parametrize("script", [failing, lambda task, heard: heard], ids=["failing", "working"])
async def test_once_closed_it_asks_for_nothing(
    scene: MakeScene, script: Callable[[Task, Hypothesis], Answer]
) -> None:
    made = scene()
    made.recogniser.script = script
    await made.say(1, 2)
    made.transcriber.flush()
    await made.transcriber.close()
    asked = len(made.recogniser.tasks)
    made.transcriber.push(np.zeros(20 * WINDOW, np.int16))
    made.transcriber.flush()
    await asyncio.sleep(0.02)
    assert len(made.recogniser.tasks) == asked
    assert made.recogniser.busy == 0


@pytest.mark.parametrize("seed", range(20))
async def test_no_word_is_lost_or_doubled(scene: MakeScene, seed: int) -> None:
    """Random pauses and sentences, an engine of random speed that fails now and then, stops and holes."""
    chance = random.Random(seed)
    made = scene()
    slowness = chance.choice([1, 5, 40, 200])
    made.recogniser.pace = lambda: chance.randrange(slowness)
    failures: Iterator[int] = iter([])

    def script(task: Task, heard: Hypothesis) -> Answer:
        nonlocal failures
        # Three in a row are more than it bears.
        if next(failures, None) is None and chance.random() < 0.2:
            failures = iter([1, 1, 1])
            return EngineError("no")
        return heard

    made.recogniser.script = script
    count = 25
    made.recogniser.marks = {number: "." for number in range(1, count) if chance.random() < 0.2}
    for number in range(1, count + 1):
        await made.say(number)
        await made.hear((chance.choice([0, 2, 5, 8, 14, 20, 30, 62, 70]), 0))
        if chance.random() < 0.1:
            made.transcriber.flush()
        if chance.random() < 0.05:
            made.transcriber.skip(chance.randrange(SAMPLE_RATE))
    made.transcriber.flush()
    assert await made.transcriber.drained(5)
    words = [f"W{number}{made.recogniser.marks.get(number, '')}" for number in range(1, count + 1)]
    assert " ".join(made.texts()).split() == words
    starts = [record.start_ms for record in made.records]
    assert starts == sorted(starts)
    assert len({record.key for record in made.records}) == len(made.records)
    finals = [message["utterance"] for message in made.told if message["type"] == "final"]
    assert finals == [str(record.key) for record in made.records]


def spelled(texts: dict[str, str]) -> Callable[[Task, Hypothesis], Answer]:
    """Answers with other words in place of numbers."""

    def answer(task: Task, heard: Hypothesis) -> Answer:
        words = [
            replace(word, text=f" {texts.get(word.text.strip(), word.text.strip())}") for word in heard.words
        ]
        return replace(heard, words=tuple(words))

    return answer


@pytest.mark.parametrize("obeys", [True, False])
async def test_marks_that_are_commanded_are_shown_before_they_are_saved(
    scene: MakeScene, obeys: bool
) -> None:
    made = scene("en")
    made.recogniser.script = spelled({"W2": "comma", "W4": "new", "W5": "line"})
    made.transcriber.obey(obeys)
    await made.say(1, 2, 3, 4, 5, 6)
    await made.hear(LONG)
    partials = made.of("partial")
    for before, after in pairwise(partials):
        assert after["stable"].startswith(before["stable"])
    shown = partials[-1]["stable"] + partials[-1]["tentative"]
    assert shown == ("W1, W3\nW6" if obeys else "W1 comma W3 new line W6")
    began = [each["stable"] + each["tentative"] for each in partials]
    assert ("W1, W3" in began) is obeys
    # What is saved is the final writer's, which keeps what was heard.
    assert made.texts() == ["W1 comma W3 new line W6"]


async def test_what_wrote_the_text_is_told_once(scene: MakeScene) -> None:
    made = scene()
    made.recogniser.script = lambda task, heard: replace(heard, writer="base", sent_ms=100)
    await made.say(1, 2)
    await made.hear(LONG)
    origin = made.transcriber.take_origin()
    assert (origin.writers, origin.sent_ms) == (("base",), 100 * len(made.recogniser.tasks))
    assert made.transcriber.take_origin() == NO_ORIGIN


async def test_without_prefixes_each_decode_is_a_good_one(scene: MakeScene) -> None:
    made = scene(settings=LiveSettings().of_a_service(0))
    await made.say(1, 2)
    await made.hear(LONG)
    assert made.texts() == ["W1 W2"]
    assert {(task.kind, task.prefix) for task in made.recogniser.tasks} == {("final", "")}


async def test_decodes_say_how_far_the_sound_has_come(scene: MakeScene) -> None:
    made = scene()
    made.transcriber.listen_with(EndpointSettings(), (), 2)
    await made.say(1, 2)
    assert {task.hops for task in made.recogniser.tasks} == {2}
