"""The protocol of the Vosk server: what is asked for, and one answer to each piece of sound."""

import json
from typing import Any

import pytest

from captions.dialects.vosk import Answers, Config, End, Reset, VoskError, command


def word(text: str, start_ms: int = 0, probability: float | None = 0.91239) -> dict[str, Any]:
    return {"text": text, "start_ms": start_ms, "end_ms": start_ms + 500, "probability": probability}


def partial(stable: str, tentative: str = "", utterance: str = "a") -> dict[str, Any]:
    return {"type": "partial", "utterance": utterance, "stable": stable, "tentative": tentative}


def final(text: str, utterance: str = "a", start_ms: int = 0) -> dict[str, Any]:
    words = [word(f" {each}", start_ms + 500 * at) for at, each in enumerate(text.split())]
    return {"type": "final", "utterance": utterance, "text": text, "words": words}


def answered(answer: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(answer)
    return said


def following(answers: Answers, *, words: bool = True) -> dict[str, Any]:
    return answered(answers.next(words=words))


def test_commands_as_clients_write_them() -> None:
    wanted = command('{ "config" : { "sample_rate" : 16000.000000 } }')
    assert not isinstance(wanted, End | Reset)
    assert Config().changed(wanted) == Config(16_000)
    assert isinstance(command('{"eof" : 1}'), End)
    assert isinstance(command('{"eof": true}'), End)
    assert isinstance(command('{"reset" : 1}'), Reset)


@pytest.mark.parametrize(
    "text", ["", "eof", "[]", "{}", '"eof"', '{"config": 1}', '{"stop": 1}', "[" * 50_000]
)
def test_what_is_no_command(text: str) -> None:
    with pytest.raises(VoskError):
        command(text)


def test_a_config_changes_what_it_names() -> None:
    config = Config().changed({"sample_rate": 8000, "words": 0, "max_alternatives": 3})
    assert config == Config(8_000, words=False)
    config = config.changed({"phrase_list": ["left", "right", "[unk]"]})
    assert config == Config(8_000, words=False, phrases=("left", "right"))
    assert config.changed({"words": True, "sample_rate": 44_099.7}).rate == 44_100
    assert "left" not in repr(config)


@pytest.mark.parametrize(
    "wanted",
    [
        {"sample_rate": "16000"},
        {"sample_rate": None},
        {"sample_rate": True},
        {"sample_rate": float("inf")},
        {"sample_rate": float("nan")},
        {"phrase_list": "left"},
        {"phrase_list": [1]},
    ],
)
def test_a_config_that_is_not_understood(wanted: dict[str, Any]) -> None:
    with pytest.raises(VoskError):
        Config().changed(wanted)


def test_what_is_being_said_is_answered_until_it_is_a_sentence() -> None:
    answers = Answers()
    assert following(answers) == {"partial": ""}
    answers.hear({"type": "speech", "state": "started", "at_ms": 0})
    answers.hear(partial("Turn on", "the"))
    assert following(answers) == {"partial": "Turn on the"}
    assert following(answers) == {"partial": "Turn on the"}
    answers.hear(final("Turn on the light."))
    answers.hear(partial("", "And", "b"))
    assert following(answers)["text"] == "Turn on the light."
    assert following(answers) == {"partial": "And"}
    answers.hear(partial("", "", "b"))
    assert following(answers) == {"partial": ""}


def test_one_sentence_an_answer_the_oldest_first() -> None:
    answers = Answers()
    for name in ("One.", "Two."):
        answers.hear(final(name, name))
    assert [following(answers).get("text") for _ in range(3)] == ["One.", "Two.", None]


def test_words_as_clients_read_them() -> None:
    answers = Answers()
    answers.hear(final("Turn on.", start_ms=1_250))
    assert following(answers) == {
        "result": [
            {"conf": 0.9124, "end": 1.75, "start": 1.25, "word": "Turn"},
            {"conf": 0.9124, "end": 2.25, "start": 1.75, "word": "on."},
        ],
        "text": "Turn on.",
    }
    answers.hear({**final(""), "text": "Ja.", "words": [word("Ja.", probability=None)]})
    assert following(answers)["result"][0]["conf"] == 0.0


def test_without_words() -> None:
    answers = Answers()
    answers.hear(final("Turn on."))
    assert following(answers, words=False) == {"text": "Turn on."}
    answers.hear({**final(""), "text": "A sentence without times."})
    assert following(answers) == {"text": "A sentence without times."}


def test_the_rest_is_one_answer() -> None:
    answers = Answers()
    for name in ("One.", "Two."):
        answers.hear(final(name, name))
    answers.hear(partial("Thr", utterance="c"))
    rest = answered(answers.rest(words=True))
    assert rest["text"] == "One. Two."
    assert [each["word"] for each in rest["result"]] == ["One.", "Two."]
    assert answered(answers.rest(words=True)) == {"text": ""}


def test_scripts_without_spaces_and_letters_as_they_are() -> None:
    answers = Answers()
    for name in ("電気。", "消して。"):
        answers.hear(final(name, name))
    assert '"text": "電気。消して。"' in answers.rest(words=False)
