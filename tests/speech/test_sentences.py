import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speech.sentences import SentenceEnds


@pytest.mark.parametrize(
    ("text", "silence_ms"),
    [
        ("We meet at noon.", 400),
        ("Do we meet at noon?", 400),
        ('He said "at noon."', 400),
        ("正午に会いましょう。", 400),
        ("We meet", 1_000),
        ("We meet, ", 1_000),
        ("We meet...", 1_000),
        ("We meet at 3.5", 1_000),
        (" ", 500),
    ],
)
def test_a_sentence_ends_sooner_than_half_of_one(text: str, silence_ms: int):
    assert SentenceEnds(500).silence_ms(text) == silence_ms


def test_a_model_without_full_stops_tells_nothing():
    ends = SentenceEnds(500)
    ends.learn("we meet at noon")
    assert ends.silence_ms("we meet") == 500
    assert ends.silence_ms("We meet.") == 400
    for _ in range(2):
        ends.learn("We meet at noon.")
    assert ends.silence_ms("we meet") == 1_000


def test_another_silence_can_be_set():
    ends = SentenceEnds(500)
    ends.adopt(1_000)
    assert [ends.silence_ms(text) for text in ("We meet.", "We meet", "")] == [800, 2_000, 1_000]


@given(st.text(max_size=20), st.integers(100, 3_000), st.lists(st.text(max_size=5), max_size=6))
def test_it_stays_within_its_bounds(text: str, silence_ms: int, finals: list[str]):
    ends = SentenceEnds(silence_ms)
    for final in finals:
        ends.learn(final)
    assert round(silence_ms * 0.8) <= ends.silence_ms(text) <= min(2 * silence_ms, 3_000)
