from dataclasses import replace

import pytest

from captions.engines.heard import Heard, repeats

SURE = Heard(
    tokens=[1, 2],
    text="So it was.",
    mean_log_probability=-0.1,
    no_speech_probability=0.0,
    compression_ratio=1.0,
    cut_off=False,
)


@pytest.mark.parametrize(
    "text",
    [
        "Thank you. Thank you.",
        "I am happy, I am happy to",
        "So we went on and on and on and on",
        "no no no",
        "and then the night ferry leaves at ten and then the night ferry leaves at ten",
    ],
)
def test_repeats(text: str) -> None:
    assert repeats(text)


@pytest.mark.parametrize(
    "text", ["", "Yes.", "It was very very late.", "I had had enough", "the night ferry and the day ferry"]
)
def test_does_not_repeat(text: str) -> None:
    assert not repeats(text)


def test_what_is_sure_is_kept() -> None:
    assert not any((SURE.unsure, SURE.doubtful, SURE.strange, SURE.silent))


def test_less_sure_is_searched_for_again_but_not_strange() -> None:
    less = replace(SURE, mean_log_probability=-0.4)
    assert less.unsure
    assert not less.strange


def test_silence_is_neither_unsure_nor_strange() -> None:
    silence = replace(SURE, text="", mean_log_probability=-2.0, no_speech_probability=0.9)
    assert silence.silent
    assert not any((silence.unsure, silence.doubtful, silence.strange))


@pytest.mark.parametrize(
    "change",
    [
        {"compression_ratio": 3.0},
        {"mean_log_probability": -1.5},
        {"cut_off": True},
        {"text": "so it was so it was"},
    ],
)
def test_what_is_strange(change: dict[str, object]) -> None:
    assert replace(SURE, **change).strange  # type: ignore[arg-type]
