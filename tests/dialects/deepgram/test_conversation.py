from collections.abc import Mapping
from typing import Any

import pytest

from captions.dialects.deepgram.answers import About
from captions.dialects.deepgram.asking import Ask
from captions.dialects.deepgram.conversation import Conversation
from captions.dialects.deepgram.replacing import Replacement

from .telling import FLUSHED, NOT_TRANSCRIBED, final, partial, speech

ABOUT = About("r1", "base")


class Talk:
    """A conversation, of whose messages this keeps what tests look at."""

    def __init__(self, **asked: Any) -> None:
        self.conversation = Conversation(Ask(**asked), ABOUT)
        self.messages: list[dict[str, Any]] = []

    def __call__(self, *events: Mapping[str, Any], now: float = 0.0) -> list[tuple[Any, ...]]:
        """What these events make it say, in short."""
        return self.say([each for event in events for each in self.conversation.take(event, now)])

    def tick(self, now: float, clock_ms: int = 0) -> list[tuple[Any, ...]]:
        self.conversation.clock_ms = clock_ms
        return self.say(self.conversation.tick(now))

    def say(self, messages: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        self.messages += messages
        return [_short(message) for message in messages]


def _short(message: dict[str, Any]) -> tuple[Any, ...]:
    if message["type"] != "Results":
        return (message["type"], message.get("timestamp", message.get("last_word_end")))
    kind = "final" if message["is_final"] else "interim"
    flags = [name for name in ("speech_final", "from_finalize") if message[name]]
    return (kind, message["channel"]["alternatives"][0]["transcript"], *flags)


def test_the_last_final_of_a_stretch_of_speech_ends_it() -> None:
    talk = Talk()
    assert talk(
        speech("started", 400),
        partial("One."),
        partial("Two", start_ms=2_000, utterance="u2"),
        final("One.", 500, 1_500),
        speech("stopped", 5_000),
        final("Two.", 2_000, 3_000, utterance="u2"),
    ) == [("final", "One."), ("final", "Two.", "speech_final")]


def test_a_final_that_comes_when_the_next_speech_has_begun_ends_the_one_before() -> None:
    talk = Talk()
    talk(
        speech("started", 400),
        speech("stopped", 3_000),
        speech("started", 3_500),
        partial("B", start_ms=3_600),
    )
    assert talk(final("A.", 500, 1_500, utterance="u0")) == [("final", "A.", "speech_final")]


def test_speech_goes_on_while_an_earlier_utterance_of_it_is_open() -> None:
    talk = Talk()
    talk(speech("started", 0), partial("B", start_ms=2_000, utterance="u2"), speech("stopped", 5_000))
    assert talk(final("A.", 500, 1_500)) == [("final", "A.")]


def test_a_split_in_the_middle_of_speech_does_not_end_it() -> None:
    talk = Talk()
    assert talk(speech("started", 400), final("One", 500, 28_000)) == [("final", "One")]


def test_speech_whose_last_words_came_to_nothing_is_ended_without_words() -> None:
    talk = Talk()
    talk(speech("started", 400), final("One.", 500, 1_500), speech("stopped", 4_000), now=10.0)
    assert talk.tick(10.5) == []
    assert talk.tick(11.1) == [("final", "", "speech_final")]
    assert talk.tick(12.0) == []


def test_speech_without_words_says_nothing() -> None:
    talk = Talk(interim_results=True)
    assert talk(speech("started", 400), speech("stopped", 4_000), now=10.0) == []
    assert talk.tick(20.0, clock_ms=20_000) == []


def test_interims_come_only_to_who_asks() -> None:
    assert Talk()(partial("One", "two")) == []
    assert Talk(interim_results=True)(partial("One", "two")) == [("interim", "One two")]


def test_an_interim_is_all_that_has_no_final() -> None:
    talk = Talk(interim_results=True)
    talk(speech("started", 300))
    assert talk(
        partial("One", ", two", start_ms=500),
        partial("Three", start_ms=2_000, utterance="u2"),
        final("One, two.", 500, 1_500),
        partial("Three four", start_ms=2_000, utterance="u2"),
        partial("", start_ms=2_000, utterance="u2"),
        partial("", start_ms=2_000, utterance="u3"),
    ) == [
        ("interim", "One, two"),
        ("interim", "One, two Three"),
        ("final", "One, two."),
        ("interim", "Three four"),
        ("interim", ""),
    ]


def test_an_interim_lasts_until_now() -> None:
    talk = Talk(interim_results=True)
    talk.conversation.clock_ms = 3_250
    talk(partial("One", start_ms=500))
    assert (talk.messages[0]["start"], talk.messages[0]["duration"]) == (0.5, 2.75)


def test_speech_started_comes_only_to_who_asks() -> None:
    assert Talk()(speech("started", 400)) == []
    assert Talk(vad_events=True)(speech("started", 400), speech("stopped", 900)) == [("SpeechStarted", 0.4)]


def test_the_end_of_an_utterance_is_told_after_silence() -> None:
    talk = Talk(utterance_end_ms=1_000)
    talk(speech("started", 400), final("One.", 500, 1_500))
    assert talk.tick(0.0, clock_ms=9_000) == [], "somebody speaks"
    talk(speech("stopped", 2_200))
    assert talk.tick(0.0, clock_ms=2_499) == []
    assert talk.tick(0.0, clock_ms=2_500) == [("UtteranceEnd", 1.5)]
    assert talk.tick(0.0, clock_ms=9_000) == [], "it is told once"


def test_the_end_of_an_utterance_waits_for_its_words() -> None:
    talk = Talk(utterance_end_ms=1_000)
    talk(final("One.", 500, 1_500), partial("Two", start_ms=1_600, utterance="u2"))
    assert talk.tick(0.0, clock_ms=9_000) == []


def test_the_end_of_an_utterance_is_not_told_to_others() -> None:
    talk = Talk()
    talk(final("One.", 500, 1_500))
    assert talk.tick(0.0, clock_ms=9_000) == []


def test_finalize_is_answered_with_the_last_final() -> None:
    talk = Talk()
    talk.conversation.finalize()
    assert talk(speech("stopped", 4_000), final("One.", 500, 1_500)) == []
    assert talk(final("Two.", 2_000, 3_000)) == [("final", "One.", "speech_final")]
    assert talk(FLUSHED) == [("final", "Two.", "speech_final", "from_finalize")]
    assert talk(final("Three.", 5_000, 6_000)) == [("final", "Three.", "speech_final")]


def test_finalize_is_answered_where_nothing_was_said() -> None:
    talk = Talk()
    talk.conversation.finalize()
    assert talk(FLUSHED) == [("final", "", "from_finalize")]


def test_each_finalize_is_answered() -> None:
    talk = Talk()
    talk.conversation.finalize()
    talk.conversation.finalize()
    assert talk(final("One.", 500, 1_500), FLUSHED, final("Two.", 2_000, 3_000), FLUSHED) == [
        ("final", "One.", "speech_final", "from_finalize"),
        ("final", "Two.", "speech_final", "from_finalize"),
    ]


def test_what_was_held_back_for_finalize_is_not_lost() -> None:
    talk = Talk()
    talk.conversation.finalize()
    talk(final("One.", 500, 1_500))
    assert talk.say(talk.conversation.rest()) == [("final", "One.", "speech_final")]
    assert talk.conversation.rest() == []


def test_what_cannot_be_transcribed_is_a_final_without_words() -> None:
    talk = Talk()
    assert talk(speech("started", 0), NOT_TRANSCRIBED) == [("final", "")]
    assert talk(speech("stopped", 900), NOT_TRANSCRIBED) == [("final", "", "speech_final")]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "media", "state": "live"},
        {"type": "error", "code": "sound_not_kept", "message": "…"},
        {"type": "recovered", "start_ms": 0, "end_ms": 1},
    ],
)
def test_of_other_things_deepgram_says_nothing(event: dict[str, Any]) -> None:
    assert Talk(interim_results=True, vad_events=True)(event) == []


def test_words_are_as_deepgram_has_them() -> None:
    talk = Talk(language="en")
    talk(final("Hello, Kiel.", 500, 1_500))
    assert talk.messages == [
        {
            "type": "Results",
            "channel_index": [0, 1],
            "start": 0.5,
            "duration": 1.0,
            "is_final": True,
            "speech_final": True,
            "from_finalize": False,
            "channel": {
                "alternatives": [
                    {
                        "transcript": "Hello, Kiel.",
                        "confidence": 0.9,
                        "words": [
                            {
                                "word": "hello",
                                "start": 0.5,
                                "end": 1.0,
                                "confidence": 0.9,
                                "punctuated_word": "Hello,",
                            },
                            {
                                "word": "kiel",
                                "start": 1.0,
                                "end": 1.5,
                                "confidence": 0.9,
                                "punctuated_word": "Kiel.",
                            },
                        ],
                    }
                ]
            },
            "metadata": {
                "request_id": "r1",
                "model_uuid": ABOUT.model_uuid,
                "model_info": {"name": "base", "version": "", "arch": "whisper"},
            },
        }
    ]


def test_a_language_that_was_detected_is_told() -> None:
    talk = Talk(interim_results=True)
    talk(partial("Sugeng", language="jw"), final("Sugeng enjing.", 0, 900, language="jw"))
    for message in talk.messages:
        alternative = message["channel"]["alternatives"][0]
        assert alternative["languages"] == ["jv"]
        assert all(word["language"] == "jv" for word in alternative["words"])


def test_no_language_is_told_where_none_is_known() -> None:
    talk = Talk()
    talk(final("Hm.", 0, 900, language=""))
    assert "languages" not in talk.messages[0]["channel"]["alternatives"][0]


def test_replacements_are_made_in_interims_and_finals() -> None:
    talk = Talk(interim_results=True, replacements=(Replacement("keel", "Kiel"),))
    assert talk(partial("To", "keel,"), final("To keel, today.", 0, 900)) == [
        ("interim", "To Kiel,"),
        ("final", "To Kiel, today.", "speech_final"),
    ]
