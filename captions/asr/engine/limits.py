"""How much of a sound the models of this machine encode, and how much they write."""

from .base import Task

LONGEST_SECONDS = 30
MOST_TOKENS = 224
# About twice the tokens of fluent speech: more is a loop, which takes long.
PARTIAL_TOKENS_PER_SECOND = 9
PARTIAL_TOKENS = 8
# Fluent speech.
SPOKEN_TOKENS_PER_SECOND = 4

BEAM = 5

WINDOW = 3000
"""The frames of 10 ms that a model takes at once."""
# Silence after the sound of a partial, in frames of 10 ms: without it models loop if the sound ends within a word.
PARTIAL_SILENCE = 100
# Partials are decoded several times a second, so their search is greedy: every token takes time, also in the prefix.
QUICK_BEAM = 1
# Less voice may be no word.
LEAST_VOICE_MS = 250
# Words at least as likely are kept rather than none, if there is voice.
LEAST_LOG_PROBABILITY = -1.3
# Silence after a sound whose language is detected.
LANGUAGE_SILENCE_MS = 2_000

# More tokens than speech in any language has; what needs more is a loop.
FINAL_TOKENS_PER_SECOND = 20
FINAL_TOKENS = 24

# The factor for the probability of a `likely` language in one second of sound; it falls with the length of the sound.
EXPECTED_LANGUAGE = 30.0


def window_of(frames: int, task: Task) -> int:
    """The frames that are encoded of a sound of so many frames: itself, and the silence after it.

    A final fills the whole window unless its task says otherwise: in a shorter one models loop, or miss words.
    """
    silence = PARTIAL_SILENCE
    if task.kind == "final":
        silence = WINDOW if task.silence_ms is None else task.silence_ms // 10
    return min(frames + silence, WINDOW)


def likeliest(probabilities: dict[str, float], likely: tuple[str, ...], frames: int) -> tuple[str, float]:
    """The likeliest language and its probability, after the `likely` ones are weighted."""
    times = max(1.0, EXPECTED_LANGUAGE * 100 / frames)
    weighed = {code: each * (times if code in likely else 1.0) for code, each in probabilities.items()}
    language = max(weighed, key=lambda code: weighed[code])
    return language, weighed[language] / sum(weighed.values())


def beam_of(task: Task) -> int:
    return BEAM if task.kind == "final" or task.careful else QUICK_BEAM
