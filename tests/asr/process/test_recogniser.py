import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil
import pytest
from prometheus_client import REGISTRY

from captions.asr.engine import devices
from captions.asr.engine.base import EngineError, Task, Wanted
from captions.asr.engine.calibration import MEASURED, candidates
from captions.asr.ipc import Unpacker, pack
from captions.asr.process.config import RecogniserConfig, RecogniserState
from captions.asr.process.measured_costs import MeasuredCosts
from captions.asr.process.messages import TO_CHILD, Decode, Question
from captions.asr.process.recogniser import Recogniser
from captions.speech import schedule
from captions.speech.capacity import Cost, Slots
from captions.speech.types import Hypothesis
from tests.asr.engine.openai.fake import fake_service, refused, said
from tests.speech_data import load_pcm, load_reference
from tests.toy import TOY_MODEL

Start = Callable[..., Any]
REPOSITORY = Path(__file__).resolve().parents[3]
TOY = RecogniserConfig(Wanted(TOY_MODEL, "cpu"), cpu_threads=1, calibrate=False, retry_seconds=0.01)
FINAL = Task("final")
PARTIAL = Task("partial")
SENTENCES = load_reference("note-en-us").sentences


def utterance(number: int) -> npt.NDArray[np.int16]:
    sentence = SENTENCES[number]
    return load_pcm("note-en-us")[(sentence.start_ms - 300) * 16 : (sentence.end_ms + 500) * 16]


def text(heard: Hypothesis | None) -> str:
    assert heard is not None
    return heard.text


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"whisperstream_{name}", labels) or 0.0


class States(list[RecogniserState]):
    """What a recogniser said of itself; can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._told = asyncio.Event()

    def __call__(self, state: RecogniserState) -> None:
        self.append(state)
        self._told.set()

    async def reach(self, phase: str, times: int = 1) -> RecogniserState:
        async with asyncio.timeout(60):
            while len(self.of(phase)) < times:
                self._told.clear()
                await self._told.wait()
        return self.of(phase)[times - 1]

    def of(self, phase: str) -> list[RecogniserState]:
        return [state for state in self if state.phase == phase]


@pytest.fixture
async def states() -> States:
    return States()


@pytest.fixture
async def recogniser(states: States) -> AsyncIterator[Recogniser]:
    recogniser = Recogniser(TOY, states)
    await recogniser.start()
    async with asyncio.timeout(60):
        await recogniser.ready()
    yield recogniser
    await recogniser.close()


async def in_flight(recogniser: Recogniser) -> None:
    """Until the process has been given something: the loop has then nothing left to do."""
    for _ in range(20):
        await asyncio.sleep(0)
    assert recogniser.pid is not None


class TestDecoding:
    async def test_hears_what_is_said_and_says_what_it_is(
        self, recogniser: Recogniser, states: States
    ) -> None:
        before = metric("decode_seconds_count")
        assert text(await recogniser.decode("a", utterance(0), FINAL)) == SENTENCES[0].text
        assert metric("decode_seconds_count") == before + 1
        assert [state.phase for state in states] == ["loading", "ready"]
        assert states[0].message == f"Loading the speech model {TOY_MODEL}."
        assert (
            recogniser.state
            == states[-1]
            == RecogniserState(
                "ready",
                model=TOY_MODEL,
                device="cpu",
                only_language="en",
                slots=Slots(1, 1, devices.cores()),
            )
        )
        assert recogniser.only_language == "en"

    async def test_patient_decodes_come_when_nobody_speaks_any_more(
        self, recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(schedule, "_LIVELY_SECONDS", 0.2)
        recogniser.be_patient("b", True)
        for session in "bab":
            assert await recogniser.decode(session, utterance(0), FINAL)

    async def test_a_task_arrives_as_it_was_sent(self) -> None:
        task = Task("final", "en", "So it was.", ("de", "en"), ("Maren", "Fähre"), "I was", 900, 700, False)
        unpacker = Unpacker(TO_CHILD)
        unpacker.feed(pack(Question(7, Decode(task, memoryview(b"\0\x40\0\xc0\0\0")))))
        arrived = unpacker.next()
        assert isinstance(arrived, Question)
        assert isinstance(arrived.question, Decode)
        request = arrived.question.request()
        assert (arrived.id, request.task, request.audio.tolist()) == (7, task, [0.5, -0.5, 0.0])

    async def test_urgent_decodes_come_first(self, recogniser: Recogniser) -> None:
        order: list[str] = []

        async def decode(name: str, number: int, *, urgent: bool = False) -> None:
            await recogniser.decode(name, utterance(number), PARTIAL, urgent=urgent)
            order.append(name)

        await asyncio.gather(
            decode("first", 0),
            decode("second", 1),
            decode("urgent 1", 2, urgent=True),
            decode("urgent 2", 3, urgent=True),
        )
        assert order.index("urgent 1") < order.index("urgent 2") < order.index("second")

    async def test_how_long_they_wait_is_counted_by_urgency(self, recogniser: Recogniser) -> None:
        before = [metric("queue_seconds_count", urgency=each) for each in ("urgent", "routine")]
        await recogniser.decode("a", utterance(0), PARTIAL, urgent=True)
        await recogniser.decode("a", utterance(0), PARTIAL)
        after = [metric("queue_seconds_count", urgency=each) for each in ("urgent", "routine")]
        assert after == [each + 1 for each in before]

    async def test_only_the_newest_decode_of_a_session_is_done(self, recogniser: Recogniser) -> None:
        sound, before = utterance(1), metric("drops_total", what="partial")
        heard = await asyncio.gather(
            recogniser.decode("other", utterance(0), PARTIAL, urgent=True),
            *(recogniser.decode("a", sound[: 8000 * count], PARTIAL) for count in (1, 2, 3, 4)),
        )
        assert [each is None for each in heard] == [False, True, True, True, False]
        assert metric("drops_total", what="partial") == before + 3

    async def test_a_dropped_session_waits_for_nothing(self, recogniser: Recogniser) -> None:
        first = asyncio.create_task(recogniser.decode("a", utterance(0), FINAL))
        await in_flight(recogniser)
        waiting = asyncio.create_task(recogniser.decode("a", utterance(1), FINAL))
        await asyncio.sleep(0)
        recogniser.drop("a")
        assert await waiting is None
        assert text(await first) == SENTENCES[0].text

    async def test_what_is_cancelled_is_not_decoded(self, recogniser: Recogniser) -> None:
        before = metric("decode_seconds_count")
        waiting = [
            asyncio.create_task(recogniser.decode(f"session {number}", utterance(number), FINAL))
            for number in range(3)
        ]
        await in_flight(recogniser)
        waiting[1].cancel()
        assert text(await waiting[0]) == SENTENCES[0].text
        assert text(await waiting[2]) == SENTENCES[2].text
        assert metric("decode_seconds_count") == before + 2

    async def test_it_is_overloaded_while_somebody_waits_for_long(self) -> None:
        recogniser = Recogniser(replace(TOY, most_lag_seconds=0.02))
        overloaded = [recogniser.overloaded]
        waiting = asyncio.create_task(recogniser.decode("a", utterance(0), PARTIAL))
        await asyncio.sleep(0)
        overloaded.append(recogniser.overloaded)
        await asyncio.sleep(0.03)
        overloaded.append(recogniser.overloaded)
        recogniser.drop("a")
        assert await waiting is None
        assert [*overloaded, recogniser.overloaded] == [False, False, True, False]

    async def test_too_much_sound_is_one_callers_problem(self, recogniser: Recogniser) -> None:
        with pytest.raises(EngineError, match="takes 30 s at once"):
            await recogniser.decode("a", np.zeros(31 * 16000, np.int16), FINAL)
        assert text(await recogniser.decode("a", utterance(0), FINAL)) == SENTENCES[0].text


class TestSeveralAtOnce:
    """Two slots."""

    @pytest.fixture
    async def recogniser(self, states: States) -> AsyncIterator[Recogniser]:
        recogniser = Recogniser(replace(TOY, parallel=2), states)
        await recogniser.start()
        async with asyncio.timeout(60):
            await recogniser.ready()
        yield recogniser
        await recogniser.close()

    async def test_all_hear_what_was_said_to_them(self, recogniser: Recogniser) -> None:
        heard = await asyncio.gather(
            *(recogniser.decode(f"session {number}", utterance(number), FINAL) for number in range(6))
        )
        assert [text(each) for each in heard] == [each.text for each in SENTENCES[:6]]

    async def test_one_that_cannot_be_decoded_does_not_keep_the_others_from_it(
        self, recogniser: Recogniser
    ) -> None:
        first, second = (recogniser.decode(f"busy {number}", utterance(0), PARTIAL) for number in (1, 2))
        too_much = np.zeros(31 * 16000, np.int16)
        almost = np.concatenate([utterance(1), np.zeros(30 * 16000, np.int16)])[: 30 * 16000]
        outcomes = await asyncio.gather(
            first,
            second,
            recogniser.decode("guilty", too_much, FINAL),
            recogniser.decode("innocent", almost, FINAL),
            return_exceptions=True,
        )
        assert isinstance(outcomes[2], EngineError)
        assert isinstance(outcomes[3], Hypothesis)
        assert outcomes[3].text.startswith("I am happy")

    async def test_a_kill_loses_nothing_of_what_is_in_flight(
        self, recogniser: Recogniser, states: States
    ) -> None:
        waiting = [
            asyncio.create_task(recogniser.decode(f"session {number}", utterance(number), FINAL))
            for number in range(6)
        ]
        await in_flight(recogniser)
        assert recogniser.pid is not None
        os.kill(recogniser.pid, signal.SIGKILL)
        assert [text(heard) for heard in await asyncio.gather(*waiting)] == [
            each.text for each in SENTENCES[:6]
        ]

    async def test_only_what_kills_alone_is_given_up(self, recogniser: Recogniser, states: States) -> None:
        deadly, *others = [
            asyncio.create_task(recogniser.decode(f"session {number}", utterance(number), FINAL))
            for number in range(4)
        ]
        for attempt in (1, 2, 3):
            await states.reach("ready", times=attempt)
            await in_flight(recogniser)
            assert recogniser.pid is not None
            os.kill(recogniser.pid, signal.SIGKILL)
        with pytest.raises(EngineError, match="could not be decoded in 3 attempts"):
            await deadly
        assert [text(heard) for heard in await asyncio.gather(*others)] == [
            each.text for each in SENTENCES[1:4]
        ]

    async def test_closing_in_mid_decode_answers_everybody(self, recogniser: Recogniser) -> None:
        waiting = [
            asyncio.create_task(recogniser.decode(f"session {number}", utterance(number), FINAL))
            for number in range(3)
        ]
        await in_flight(recogniser)
        await recogniser.close()
        for outcome in await asyncio.gather(*waiting, return_exceptions=True):
            assert isinstance(outcome, EngineError)


class TestKills:
    async def test_a_kill_in_mid_decode_loses_nothing(self, recogniser: Recogniser, states: States) -> None:
        restarts = metric("recogniser_restarts_total")
        waiting = [
            asyncio.create_task(recogniser.decode(session, utterance(number), FINAL))
            for number, session in enumerate("abcdef")
        ]
        await in_flight(recogniser)
        first = recogniser.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert [text(heard) for heard in await asyncio.gather(*waiting)] == [each.text for each in SENTENCES]
        assert recogniser.pid != first
        assert metric("recogniser_restarts_total") == restarts + 1
        assert [state.phase for state in states][-2:] == ["loading", "ready"]

    async def test_a_kill_while_idle_is_noticed_at_once(self, recogniser: Recogniser, states: States) -> None:
        assert recogniser.pid is not None
        os.kill(recogniser.pid, signal.SIGKILL)
        await states.reach("ready", times=2)
        assert text(await recogniser.decode("a", utterance(0), FINAL)) == SENTENCES[0].text

    async def test_a_sound_that_kills_is_given_up_and_the_others_go_on(
        self, recogniser: Recogniser, states: States
    ) -> None:
        deadly = asyncio.create_task(recogniser.decode("a", utterance(0), FINAL))
        other = asyncio.create_task(recogniser.decode("b", utterance(1), FINAL))
        for attempt in (1, 2, 3):
            await states.reach("ready", times=attempt)
            await in_flight(recogniser)
            assert recogniser.pid is not None
            os.kill(recogniser.pid, signal.SIGKILL)
        with pytest.raises(EngineError, match="could not be decoded in 3 attempts"):
            await deadly
        assert text(await other) == SENTENCES[1].text

    async def test_a_process_that_hangs_is_killed(self, states: States) -> None:
        recogniser = Recogniser(replace(TOY, decode_seconds=0.1), states)
        await recogniser.start()
        await recogniser.ready()
        assert recogniser.pid is not None
        os.kill(recogniser.pid, signal.SIGSTOP)
        sound = np.zeros(1600, np.int16)
        heard = await recogniser.decode("a", sound, PARTIAL)
        assert heard is not None
        assert len(states.of("ready")) == 2
        await recogniser.close()

    async def test_signals_to_the_workers_group_do_not_end_it(self, recogniser: Recogniser) -> None:
        first = recogniser.pid
        assert first is not None
        assert os.getpgid(first) != os.getpgid(0)
        waiting = asyncio.create_task(recogniser.decode("a", utterance(0), FINAL))
        await in_flight(recogniser)
        os.kill(first, signal.SIGTERM)
        os.kill(first, signal.SIGINT)
        assert text(await waiting) == SENTENCES[0].text
        assert recogniser.pid == first

    async def test_a_process_that_grew_is_renewed_when_idle(self, states: States) -> None:
        recogniser = Recogniser(replace(TOY, grow_mb=-1000), states)
        await recogniser.start()
        await states.reach("ready", times=2)
        await recogniser.close()
        assert not states.of("failed")

    async def test_it_ends_with_the_worker_however_that_ends(self) -> None:
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            textwrap.dedent("""
                import asyncio, sys
                import structlog
                from captions.asr.engine.base import Wanted
                from captions.asr.process.recogniser import Recogniser
                from captions.asr.process.config import RecogniserConfig
                from tests.toy import TOY_MODEL

                async def main():
                    recogniser = Recogniser(RecogniserConfig(Wanted(TOY_MODEL, "cpu"), calibrate=False))
                    await recogniser.start()
                    await recogniser.ready()
                    print(recogniser.pid, flush=True)
                    await asyncio.sleep(60)

                structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
                asyncio.run(main())
            """),
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
        )
        assert worker.stdout is not None
        child = psutil.Process(int(await worker.stdout.readline()))
        worker.kill()
        await worker.wait()
        await asyncio.to_thread(child.wait, 10)

    async def test_closing_ends_the_process_and_every_wait(self, recogniser: Recogniser) -> None:
        assert recogniser.pid is not None
        child = psutil.Process(recogniser.pid)
        waiting = asyncio.create_task(recogniser.decode("a", utterance(0), FINAL))
        await in_flight(recogniser)
        await recogniser.close()
        with pytest.raises(EngineError, match="shut down"):
            await waiting
        with pytest.raises(EngineError, match="shut down"):
            await recogniser.decode("a", utterance(0), FINAL)
        assert not child.is_running()


class TestLoading:
    async def failing(self, config: RecogniserConfig, states: States) -> Recogniser:
        recogniser = Recogniser(config, states)
        await recogniser.start()
        return recogniser

    async def test_a_model_that_does_not_exist_stays_failed(self, states: States) -> None:
        recogniser = await self.failing(RecogniserConfig(Wanted("/nowhere/model", "cpu")), states)
        waiting = asyncio.create_task(recogniser.decode("a", utterance(0), FINAL))
        with pytest.raises(EngineError, match="/nowhere/model does not exist") as raised:
            await recogniser.ready()
        assert not raised.value.retryable
        assert [state.phase for state in states] == ["failed"]
        for decode in (waiting, recogniser.decode("a", utterance(0), FINAL)):
            with pytest.raises(EngineError, match="does not exist"):
                await decode
        await recogniser.close()

    async def test_a_hub_that_is_away_is_asked_again(
        self, states: States, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        asked: asyncio.Queue[None] = asyncio.Queue()

        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.put_nowait(None)
            writer.close()

        async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as hub:
            url = f"http://127.0.0.1:{hub.sockets[0].getsockname()[1]}"
            monkeypatch.setenv("HF_ENDPOINT", url)
            wanted = Wanted("someone/their-whisper", "cpu", folder=str(tmp_path))
            recogniser = await self.failing(RecogniserConfig(wanted, retry_seconds=0.01), states)
            failed = await states.reach("failed")
            assert f"could not be downloaded from {url}" in failed.message
            assert "WHISPER_MODEL=/path/to/model" in failed.message
            async with asyncio.timeout(60):
                for _ in range(2):
                    await asked.get()
            await recogniser.close()

    async def test_an_unknown_arithmetic(self, states: States) -> None:
        recogniser = await self.failing(replace(TOY, compute_type="int7"), states)
        with pytest.raises(EngineError, match="WHISPER_COMPUTE_TYPE is 'int7'"):
            await recogniser.ready()
        await recogniser.close()


class TestCalibration:
    async def test_is_done_once_and_kept_when_the_process_is_started_again(self, states: States) -> None:
        recogniser = Recogniser(replace(TOY, calibrate=True), states)
        await recogniser.start()
        first = await recogniser.ready()
        assert [cost.audio_seconds for cost in first.costs] == list(MEASURED)
        assert recogniser.pid is not None
        os.kill(recogniser.pid, signal.SIGKILL)
        assert await states.reach("ready", times=2) == first
        await recogniser.close()

    async def test_is_put_right_when_there_is_nothing_else_to_do(self, states: States) -> None:
        config = replace(TOY, calibrate=True, rounds=1, idle_seconds=0.01)
        recogniser = Recogniser(config, states)
        disturbed = [Cost(seconds, 0.9) for seconds in MEASURED]
        recogniser._measured = MeasuredCosts(disturbed, rounds=1)
        await recogniser.start()
        assert (await recogniser.ready()).places == 1
        await states.reach("ready", times=1 + len(MEASURED))
        assert all(cost.seconds < 0.9 for cost in recogniser.state.costs)
        assert text(await recogniser.decode("a", utterance(0), FINAL)) == SENTENCES[0].text
        await recogniser.close()

    async def test_a_process_that_dies_meanwhile_is_not_measured_again(self, states: States) -> None:
        config = replace(TOY, calibrate=True, rounds=1, idle_seconds=0.01, decode_seconds=-30)
        recogniser = Recogniser(config, states)
        recogniser._measured = MeasuredCosts([Cost(4, 0.9)], rounds=1)
        await recogniser.start()
        await states.reach("ready", times=2)
        assert recogniser._measured.next is None
        assert recogniser.state.costs == (Cost(4, 0.9),)
        await recogniser.close()

    async def test_finds_how_to_decode_where_nobody_chose(self, states: States) -> None:
        recogniser = Recogniser(replace(TOY, calibrate=True, cpu_threads=0), states)
        await recogniser.start()
        state = await recogniser.ready()
        assert state.slots in candidates(devices.cores())
        await recogniser.close()

    async def test_keeps_to_what_somebody_chose(self, states: States) -> None:
        recogniser = Recogniser(replace(TOY, calibrate=True, parallel=1), states)
        await recogniser.start()
        state = await recogniser.ready()
        assert state.slots == Slots(1, 1, devices.cores())
        await recogniser.close()


class TestService:
    """A service elsewhere, in a real process of the recogniser."""

    async def test_decodes_and_is_not_measured(self, states: States) -> None:
        with fake_service() as fake:
            config = RecogniserConfig(Wanted("/nowhere"), service=fake.service(parallel=3))
            recogniser = Recogniser(config, states)
            await recogniser.start()
            assert await recogniser.ready() == RecogniserState(
                "ready", model="whisper-1", device="127.0.0.1", slots=Slots(3)
            )
            heard = await recogniser.decode("a", utterance(0), replace(FINAL, hops=1))
            await recogniser.close()
        assert heard is not None
        assert (heard.text, heard.writer) == ("One two.", "whisper-1 (127.0.0.1)")
        assert fake.asked[0].headers["X-WhisperStream-Hops"] == "2"

    async def test_the_key_is_in_no_place_where_others_look(self, states: States) -> None:
        with fake_service() as fake:
            config = RecogniserConfig(Wanted("/nowhere"), service=fake.service())
            recogniser = Recogniser(config, states)
            await recogniser.start()
            await recogniser.ready()
            assert recogniser.pid is not None
            child = psutil.Process(recogniser.pid)
            assert "sk-secret" not in " ".join([*child.cmdline(), *child.environ().values()])
            await recogniser.close()
        assert "sk-secret" not in f"{config} {states}"

    async def test_a_failure_costs_no_process(self, states: States) -> None:
        with fake_service() as fake:
            fake.replies = [refused(503, x_should_retry="false"), said()]
            recogniser = Recogniser(RecogniserConfig(Wanted("/nowhere"), service=fake.service()), states)
            await recogniser.start()
            await recogniser.ready()
            pid = recogniser.pid
            with pytest.raises(EngineError, match="cannot be reached, or is busy") as raised:
                await recogniser.decode("a", utterance(0), FINAL)
            assert raised.value.retryable
            assert text(await recogniser.decode("a", utterance(0), FINAL)) == "One two."
            assert recogniser.pid == pid
            await recogniser.close()
        assert [state.phase for state in states] == ["ready"]

    async def test_the_local_model_takes_over(self, states: States) -> None:
        with fake_service() as fake:
            fake.replies = [refused(401)]
            config = replace(TOY, service=fake.service(falls_back=True))
            recogniser = Recogniser(config, states)
            await recogniser.start()
            await recogniser.ready()
            assert states[0].message == f"Loading the speech model {TOY_MODEL}."
            heard = await recogniser.decode("a", utterance(0), FINAL)
            await recogniser.close()
        assert heard is not None
        assert (heard.text, heard.writer) == (SENTENCES[0].text, TOY_MODEL)
        assert "OPENAI_API_KEY" in heard.fell_back

    async def test_a_model_to_fall_back_to_has_to_be_there(self, states: States) -> None:
        with fake_service() as fake:
            config = RecogniserConfig(Wanted("/nowhere/model"), service=fake.service(falls_back=True))
            recogniser = Recogniser(config, states)
            await recogniser.start()
            with pytest.raises(EngineError, match="/nowhere/model does not exist"):
                await recogniser.ready()
            await recogniser.close()
