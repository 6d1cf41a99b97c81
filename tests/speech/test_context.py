from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speech.context import Context
from captions.speech.types import SILENCE, Hypothesis

from .words import spoken


def said(text: str) -> Hypothesis:
    return Hypothesis(spoken(text), "en", 1.0, 0.0, -0.1, 1.0)


NOON = said("we meet at noon")


def test_nothing_was_said_before():
    assert Context().prompt(start_ms=0) == ""


def test_the_last_final_is_the_prompt():
    context = Context()
    context.heard(said("hello"), said("hello"), end_ms=1_000)
    context.heard(NOON, NOON, end_ms=3_000)
    assert context.prompt(start_ms=3_500) == "we meet at noon"
    context.forget()
    assert context.prompt(start_ms=3_500) == ""


def test_silence_ends_it():
    context = Context(longest_silence_ms=8_000)
    context.heard(NOON, NOON, end_ms=3_000)
    assert context.prompt(start_ms=11_000) == "we meet at noon"
    assert context.prompt(start_ms=11_001) == ""


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        (SILENCE, None),
        (replace(NOON, mean_log_probability=-0.8), replace(NOON, mean_log_probability=-0.8)),
        (replace(NOON, compression_ratio=2.5), replace(NOON, compression_ratio=2.5)),
        (said("we meet at noon at noon at noon at noon at noon"), NOON),
    ],
    ids=["nothing was said", "a guess", "it repeats itself", "a loop was cut"],
)
def test_what_is_in_doubt_prompts_nothing(heard: Hypothesis, kept: Hypothesis | None):
    context = Context()
    context.heard(NOON, NOON, end_ms=1_000)
    context.heard(heard, kept, end_ms=3_000)
    assert context.prompt(start_ms=3_500) == ""


@given(st.text(st.sampled_from("ab "), max_size=60), st.integers(1, 40))
def test_it_is_the_end_of_what_was_said_in_whole_words(text: str, most: int):
    context = Context(most_characters=most)
    heard = said(text)
    context.heard(heard, heard, end_ms=0)
    prompt = context.prompt(start_ms=0)
    assert len(prompt) <= most
    assert heard.text.endswith(prompt)
    assert all(word in heard.text.split() for word in prompt.split())
