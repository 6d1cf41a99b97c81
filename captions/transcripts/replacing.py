"""What somebody wants written in place of what is heard, put into a sentence before it is saved."""

from collections.abc import Iterable, Sequence

from ..core.replacements import Replacement
from .changes import LONGEST_TEXT, State
from .realign import in_text, realigned
from .wording import Wording


def as_set(heard: State, replacements: Sequence[Replacement]) -> State | None:
    """The utterance as its person wants it written, its words with times; None where that is as it was heard."""
    text = in_text(written(heard.text, replacements))
    if text == in_text(heard.text) or len(text) > LONGEST_TEXT:
        return None
    words = realigned(text, heard.spoken(), heard.start_ms, heard.end_ms)
    return heard.with_words(words, text=text, corrected=True)


def written(text: str, replacements: Iterable[Replacement]) -> str:
    """The text with every replacement made, all at once: what one has written is not looked at by another.

    `Wording` says what counts as heard, and in which case it is written. Where several could begin at the same place,
    the longest is taken, and of equals the first.
    """
    found = sorted(
        (start, -end, number, put)
        for number, entry in enumerate(replacements)
        for start, end, put in Wording(entry.heard, entry.written).found(text)
    )
    pieces, done = [], 0
    for start, negative_end, _, put in found:
        if start >= done:
            pieces += [text[done:start], put]
            done = -negative_end
    return "".join([*pieces, text[done:]])
