"""Items and their order, in every order in which a client and an audio worker may act."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.dialects.openai_realtime import Realtime
from captions.protocol import messages

from .worker import PREFIX_MS, SILENCE_MS, TRANSCRIPTION, Worker, check, final, realtime, runs

VAD = {"type": "server_vad", "prefix_padding_ms": PREFIX_MS, "silence_duration_ms": SILENCE_MS}


def with_turns(model: str = "base") -> Realtime:
    return realtime(turn_detection=VAD, transcription={"model": model})


def without_turns(model: str = "base") -> Realtime:
    return realtime(turn_detection=None, transcription={"model": model})


def of(events: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"].endswith(kinds)]


def sentences(sent: str) -> str:
    return " ".join(f"{letter}1 {letter}2." for letter in sent if letter in "abcdefg")


@pytest.mark.parametrize("model", ["base", "whisper-1"])
@pytest.mark.parametrize("sent", ["<a>", "<x>", "<ab>", "<a><b>", "<x><a>", "<abx>"])
def test_every_committed_item_is_completed_once_and_no_text_is_lost(sent: str, model: str) -> None:
    count = 0
    for events in runs(lambda: with_turns(model), sent):
        transcripts = check(events)
        assert " ".join(filter(None, transcripts)) == sentences(sent)
        count += 1
    assert count > 1


@pytest.mark.parametrize("sent", ["<aC", "<aCb>", "<a>C", "<aC<b>", "<aCC", "<xC"])
def test_a_client_may_commit_although_turns_are_found(sent: str) -> None:
    for events in runs(with_turns, sent):
        assert " ".join(filter(None, check(events))) == sentences(sent)


@pytest.mark.parametrize("sent", ["<aC", "<abC", "<a>C", "<aCbC", "<xC", "<a>CC", "<aC<b>"])
def test_without_turns_each_commit_makes_one_item(sent: str) -> None:
    for events in runs(without_turns, sent):
        transcripts = check(events)
        parts = [part for part in sent.split("C")[:-1] if part.strip("<>")]
        assert transcripts == [sentences(part) for part in parts]
        assert not of(events, "speech_started", "speech_stopped")


@pytest.mark.parametrize("sent", ["<aXbC", "<aCX", "<aCbX", "X<aC", "<aXX"])
def test_what_is_cleared_is_in_no_item(sent: str) -> None:
    for events in runs(without_turns, sent):
        kept = [part.rpartition("X")[2] for part in sent.split("C")[:-1]]
        assert check(events) == [sentences(part) for part in kept]
        assert len(of(events, "cleared")) == sent.count("X")


@pytest.mark.parametrize("sent", ["<aX>", "<aXb>", "<aX<b>"])
def test_what_is_cleared_while_turns_are_found(sent: str) -> None:
    for events in runs(with_turns, sent):
        said = " ".join(filter(None, check(events)))
        assert said in (sentences(sent), sentences(sent.partition("X")[2]))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(["<a>", "<ab>", "<x>", "<axb>", "C", "X", "<aC>", "<aXb>", "<abc>"]), max_size=8
    ),
    st.booleans(),
    st.sampled_from(["base", "gpt-4o-transcribe"]),
    st.data(),
)
def test_long_sessions(parts: list[str], turns: bool, model: str, data: st.DataObject) -> None:
    sent = "".join(parts)
    worker = Worker((with_turns if turns else without_turns)(model), sent)
    while steps := worker.steps():
        steps[data.draw(st.integers(0, len(steps) - 1))]()
    transcripts = check(worker.events)
    said = " ".join(filter(None, transcripts))
    if "X" not in sent and turns:
        assert said == sentences(sent)
    elif "X" not in sent:
        assert said == sentences(sent.rpartition("C")[0])


class Told:
    """A session that is told one thing after the other."""

    def __init__(self, session: Realtime) -> None:
        self.session = session
        session.begin()

    def __call__(self, *told: dict[str, Any]) -> list[dict[str, Any]]:
        return [event for each in told for event in self.session.tell(each)]

    def partial(
        self, key: str, stable: str, tentative: str = "", *, start_ms: int = 0
    ) -> list[dict[str, Any]]:
        return self(
            messages.partial(
                utterance=key, start_ms=start_ms, stable=stable, tentative=tentative, language="en"
            )
        )

    def commit(self, clock_ms: int) -> list[dict[str, Any]]:
        self.session.clock_ms = clock_ms
        return self.session.take('{"type": "input_audio_buffer.commit"}')[0]


STARTED, STOPPED = messages.speech("started", 400), messages.speech("stopped", 2_000)
FLUSHED = {"type": "flushed", "number": 1}


def short(events: list[dict[str, Any]]) -> list[str]:
    """The last words of their types."""
    return [event["type"].rpartition(".")[2] for event in events]


def test_a_turn_event_by_event() -> None:
    told = Told(with_turns())
    (started,) = told(STARTED)
    assert started["audio_start_ms"] == 100, "the sound before it is part of it"
    assert told.partial("u1", "", "Good") == []
    (first,) = told.partial("u1", "Good", "mor")
    (second,) = told.partial("u1", "Good morning", "to")
    assert (first["delta"], second["delta"], first["content_index"]) == ("Good", " morning", 0)
    stopped, committed, added, done = told(STOPPED)
    assert (stopped["audio_end_ms"], committed["previous_item_id"]) == (2_000, None)
    assert (
        added["item"]
        == done["item"]
        == {
            "id": started["item_id"],
            "object": "realtime.item",
            "type": "message",
            "status": "completed",
            "role": "user",
            "content": [{"type": "input_audio", "transcript": None}],
        }
    )
    rest, completed = told(final(1, 300, 1_500, "Good morning to you."), messages.settled(2_000))
    assert rest["delta"] == " to you."
    assert completed == {
        "type": f"{TRANSCRIPTION}.completed",
        "event_id": completed["event_id"],
        "item_id": started["item_id"],
        "content_index": 0,
        "transcript": "Good morning to you.",
        "usage": {"type": "duration", "seconds": 1.9},
        "languages": [{"code": "en"}],
    }


def test_what_was_sent_is_not_taken_back() -> None:
    told = Told(with_turns())
    told(STARTED)
    told.partial("u1", "good morning")
    assert told.partial("u1", "Good morning to") == [], "a capital letter came later"
    told(STOPPED)
    assert short(told(final(1, 300, 1_500, "Good morning."), messages.settled(2_000))) == ["completed"]


def test_the_text_of_older_models_comes_after_the_commit() -> None:
    told = Told(with_turns("gpt-4o-mini-transcribe"))
    told(STARTED)
    assert told.partial("u1", "Good morning") == []
    assert short(told(STOPPED)) == ["speech_stopped", "committed", "added", "done", "delta"]
    (event,) = told(final(1, 300, 1_500, "Good morning."))
    assert event["delta"] == "."


def test_a_sentence_in_the_midst_of_speech_is_an_item_of_its_own() -> None:
    told = Told(with_turns())
    told(STARTED)
    told.partial("u1", "One.")
    assert told.partial("u2", "Two", start_ms=1_300) == [], "not before the item before it is complete"
    events = told(final(1, 300, 1_200, "One."))
    assert short(events) == [
        "speech_stopped",
        "committed",
        "added",
        "done",
        "completed",
        "speech_started",
        "delta",
    ]
    assert (events[0]["audio_end_ms"], events[5]["audio_start_ms"]) == (1_200, 1_300)
    assert events[5]["item_id"] != events[0]["item_id"]


def test_speech_that_follows_at_once_is_not_mistaken_for_the_end_of_the_speech_before() -> None:
    told = Told(with_turns())
    told(STARTED, STOPPED, messages.speech("started", 2_096))
    assert told.partial("u2", "Two", start_ms=1_900) == [], "it waits for the item before it"
    assert short(told(final(1, 300, 1_500, "One."), messages.settled(2_000))) == [
        "delta",
        "completed",
        "delta",
    ]
    events = told(final(2, 1_900, 2_400, "Two."))
    assert events[-1]["transcript"] == "Two."


def test_what_is_told_after_a_commit_of_the_sound_before_it_begins_no_item() -> None:
    told = Told(with_turns())
    assert short(told.commit(1_000)) == ["committed", "added", "done"]
    assert told(STARTED, messages.speech("stopped", 1_000)) == []
    assert short(told(final(1, 300, 900, "One."), messages.settled(1_000), FLUSHED)) == ["delta", "completed"]


def test_text_of_a_later_time_settles_what_was_before_it() -> None:
    told = Told(with_turns())
    told(STARTED, STOPPED, messages.speech("started", 3_000))
    events = told(final(1, 2_800, 3_500, "Two."))
    assert [event["transcript"] for event in events if "transcript" in event] == ["", "Two."]


def test_several_sentences_after_the_stop_are_one_item() -> None:
    told = Told(with_turns())
    told(STARTED, STOPPED)
    events = told(final(1, 300, 900, "One."), final(2, 900, 1_500, "Two."), messages.settled(2_000))
    assert [event.get("delta") or event.get("transcript") for event in events] == [
        "One.",
        " Two.",
        "One. Two.",
    ]


def test_scripts_without_spaces_get_none() -> None:
    told = Told(without_turns())
    told(final(1, 0, 900, "一。", "ja"), final(2, 900, 1_500, "二。", "ja"))
    told.commit(1_500)
    completed = told(FLUSHED)[-1]
    assert (completed["transcript"], completed["languages"]) == ("一。二。", [{"code": "ja"}])


def test_text_that_comes_too_late_is_an_item_of_its_own() -> None:
    told = Told(with_turns())
    told(STARTED, STOPPED, messages.settled(2_000))
    events = told(final(1, 300, 900, "Late."))
    assert short(events) == [
        "speech_started",
        "speech_stopped",
        "committed",
        "added",
        "done",
        "delta",
        "completed",
    ]
    assert events[1]["audio_end_ms"] >= events[0]["audio_start_ms"]


def test_noise_is_completed_without_text_and_speech_that_was_lost_has_failed() -> None:
    told = Told(with_turns())
    told(STARTED, STOPPED)
    (completed,) = told(messages.settled(2_000))
    assert completed["transcript"] == ""
    assert "languages" not in completed
    told(messages.speech("started", 3_000), messages.speech("stopped", 4_000))
    (failed,) = told(messages.error("not_transcribed", "It could not be."), messages.settled(4_000))
    assert failed["error"] == {
        "type": "server_error",
        "code": "not_transcribed",
        "message": "It could not be.",
    }


def test_the_end_completes_what_is_open_and_a_loss_fails_it() -> None:
    ended = messages.media("ended", gen=1, clock_ms=2_000, reason="limit")
    told = Told(with_turns())
    told(STARTED)
    told.session.clock_ms = 2_000
    assert short(told(ended)) == ["speech_stopped", "committed", "added", "done", "completed"]
    told = Told(with_turns())
    told(STARTED, STOPPED)
    assert short(told(messages.error("worker_lost", "Interrupted."))) == ["failed"]
    told = Told(without_turns())
    told(final(1, 0, 900, "Never committed."))
    assert told(ended) == []


def test_what_says_nothing_to_a_client() -> None:
    told = Told(with_turns())
    shared = messages.speech("started", 0, shared=True)
    assert told(shared, messages.media("live", gen=1, clock_ms=0), messages.error("no_room", "No.")) == []
    told(STARTED, STOPPED)
    corrected = {**final(1, 300, 1_500, "Again."), "version": 2}
    assert told(corrected) == []


def test_probabilities_of_words_where_they_are_wanted() -> None:
    told = Told(with_turns())
    update = '{"type": "session.update", "session": {"include": ["item.input_audio_transcription.logprobs"]}}'
    told.session.take(update)
    told(STARTED, STOPPED)
    completed = told(final(1, 300, 1_500, "é"), messages.settled(2_000))[-1]
    (word,) = completed["logprobs"]
    assert (word["token"], word["bytes"]) == ("é", [0xC3, 0xA9])
    assert word["logprob"] == pytest.approx(-0.693, abs=0.001)


def test_the_last_items_can_be_asked_for() -> None:
    told = Told(with_turns())
    item_id = told(STARTED)[0]["item_id"]
    told(STOPPED, final(1, 300, 1_500, "Good morning."), messages.settled(2_000))
    retrieve = f'{{"type": "conversation.item.retrieve", "item_id": "{item_id}"}}'
    (event,) = told.session.take(retrieve)[0]
    assert event["type"] == "conversation.item.retrieved"
    assert event["item"]["content"] == [{"type": "input_audio", "transcript": "Good morning."}]
    for number in range(100):
        at_ms = 3_000 + 2_000 * number
        told(messages.speech("started", at_ms), messages.speech("stopped", at_ms + 1_000))
    (event,) = told.session.take(retrieve)[0]
    assert event["error"]["code"] == "item_not_found"
