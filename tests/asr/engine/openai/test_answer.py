import json
from typing import Any

import pytest

from captions.asr.engine.openai.answer import Answer, OddError, code_in_error, read

JSON = "application/json"


def answer(**found: Any) -> Answer:
    return read(json.dumps(found).encode(), JSON)


def test_a_text_is_enough() -> None:
    found = answer(text=" One two. ")
    assert (found.text, found.language, found.words, found.segments) == (" One two. ", "", (), ())
    assert (found.mean_log_probability, found.no_speech_probability) == (0, 0)


def test_a_plain_text_is_a_text() -> None:
    assert read("Grüße.\n".encode(), "text/plain; charset=utf-8").text == "Grüße.\n"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'"text"', b'{"text": null}', b'{"text": 7}', b'{"text": "One', b"[" * 100_000],
)
def test_what_is_no_answer(body: bytes) -> None:
    with pytest.raises(OddError):
        read(body, JSON)


def test_numbers_that_json_does_not_know() -> None:
    body = b'{"text": "One", "segments": [{"text": "One", "start": 0, "end": "1.5", "avg_logprob": NaN}]}'
    (segment,) = read(body, JSON).segments
    assert (segment.start, segment.end, segment.probability) == (0, 1.5, None)


def test_what_is_null_or_of_another_kind_is_left_out() -> None:
    found = answer(
        text="One two",
        language=None,
        segments=None,
        words=[{"word": "One", "start": -1, "end": 0.5}, {"word": "two"}, {"word": 5}, 7, None],
        logprobs="none",
        usage={"type": "duration"},
    )
    assert [(each.text, each.start, each.end) for each in found.words] == [("One", 0, 0.5)]


def test_words_may_be_within_segments() -> None:
    words = [{"word": " One", "start": 0.1, "end": 0.5, "probability": 0.7}]
    found = answer(text="One", segments=[{"text": " One", "start": 0, "end": 1, "words": words}])
    assert [(each.text, each.probability) for each in found.words] == [(" One", 0.7)]


@pytest.mark.parametrize(
    ("said", "code"),
    [("english", "en"), ("German", "de"), ("de", "de"), ("pt-BR", "pt"), ("klingon", ""), ("", ""), (7, "")],
)
def test_languages_by_name_and_by_code(said: Any, code: str) -> None:
    assert answer(text="x", language=said).language == code
    assert answer(text="x", languages=[{"code": said}]).language == code


def test_figures_of_segments() -> None:
    segments = [
        {"text": "One", "start": 0, "end": 1, "avg_logprob": -0.2, "no_speech_prob": 0.9},
        {"text": "two", "start": 1, "end": 2, "avg_logprob": -0.4, "no_speech_prob": 0.1},
    ]
    found = answer(text="One two", segments=segments)
    assert found.mean_log_probability == pytest.approx(-0.3)
    assert found.no_speech_probability == 0.1


def test_log_probabilities_of_tokens() -> None:
    tokens = [{"token": "One", "logprob": -0.1}, {"token": " two", "logprob": -0.3}, {"token": 7}]
    found = answer(text="One two", logprobs=tokens)
    assert found.tokens == (("One", -0.1), (" two", -0.3))
    assert found.mean_log_probability == pytest.approx(-0.2)


def test_a_loop_shows_in_the_compression() -> None:
    assert answer(text="no " * 100).compression_ratio > 2.4 > answer(text="One two.").compression_ratio


@pytest.mark.parametrize("body", [b"", b"[]", b'{"error": "no"}', b'{"error": null}', b"\xff"])
def test_errors_without_a_code(body: bytes) -> None:
    assert code_in_error(body) == ""


def test_the_code_of_an_error() -> None:
    assert code_in_error(b'{"error": {"code": "insufficient_quota", "type": "x"}}') == "insufficient_quota"
    assert code_in_error(b'{"error": {"code": null, "type": "insufficient_quota"}}') == "insufficient_quota"
