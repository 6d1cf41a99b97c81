"""Times for the words of a text that somebody has corrected.

What is still the word that was heard keeps its time; what was written in its place shares the time of what it
replaces; what was put in between takes time from the gap it stands in, or from its neighbours.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise

from ..speech.types import Word

# A word that a person has written is certain.
CERTAIN = 1.0
# How long a letter takes to say, where there is room for it, and where time has to be found for it.
_MS_A_LETTER = 80
_LEAST_MS_A_LETTER = 30
# Two stretches whose lengths give more than this, multiplied, are not compared: nobody corrects so much at once.
_MOST_COMPARED = 1_000_000


def realigned(text: str, words: Sequence[Word], start_ms: int, end_ms: int) -> tuple[Word, ...]:
    """The words of `text`, which was `words` before, in order and within the utterance from `start_ms` to `end_ms`.

    Joined, they give `text` again, its white space as single spaces. Unchanged words keep time and probability.
    """
    heard = _in_order(words, start_ms, end_ms)
    spaced = not heard or heard[0].text[:1].isspace()
    runs = _aligned(_chunks_of_text(text), _chunks_of_words(heard))
    timed = _timed(runs, start_ms, end_ms)
    return tuple(
        replace(
            word, text=f" {word.text.strip()}" if (number or spaced) and token.spaced else word.text.strip()
        )
        for number, (token, word) in enumerate(timed)
    )


def in_text(text: str) -> str:
    """A text as it is kept: on one line, without white space around it."""
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class _Token:
    """A word to be; `spaced` where white space or the beginning of the text stands before it."""

    text: str
    spaced: bool

    @property
    def weight(self) -> int:
        return max(1, len(self.text))


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What stands between two spaces, and the words that it was heard as: several in scripts without spaces."""

    text: str
    words: tuple[Word, ...] = ()

    @property
    def key(self) -> str:
        return key_of(self.text)


@dataclass(slots=True)
class _Run:
    """Tokens that stand for `words`: as they are when `kept`, one for one, else all of them for all of those."""

    tokens: list[_Token]
    words: list[Word]
    kept: bool


def key_of(text: str) -> str:
    """What makes it the same word: neither its case nor the punctuation around it."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    inner = folded.strip("".join({c for c in folded if not c.isalnum()}))
    return inner or folded


def _in_order(words: Iterable[Word], start_ms: int, end_ms: int) -> list[Word]:
    """The words that say something; a model's times may run backwards or out of the utterance by a little."""
    ordered, clock = [], start_ms
    for word in words:
        if not word.text.strip():
            continue
        begin = min(max(word.start_ms, clock), end_ms)
        clock = min(max(word.end_ms, begin), end_ms)
        ordered.append(replace(word, start_ms=begin, end_ms=clock))
    return ordered


def _chunks_of_words(words: Iterable[Word]) -> list[_Chunk]:
    chunks: list[list[Word]] = []
    for word in words:
        if not chunks or word.text[0].isspace():
            chunks.append([])
        chunks[-1].append(word)
    return [_Chunk("".join(word.text.strip() for word in chunk), tuple(chunk)) for chunk in chunks]


def _chunks_of_text(text: str) -> list[_Chunk]:
    return [_Chunk(part) for part in text.split()]


def _aligned(new: Sequence[_Chunk], old: Sequence[_Chunk]) -> list[_Run]:
    runs: list[_Run] = []
    same = _matching([each.key for each in old], [each.key for each in new])
    old_from = new_from = 0
    for old_to, new_to, size in same:
        before, after = old[old_from:old_to], new[new_from:new_to]
        if any(len(chunk.words) > 1 for chunk in before):
            runs += _within(after, before)
        elif before or after:
            runs.append(_Run([_Token(chunk.text, True) for chunk in after], _words(before), kept=False))
        old_from, new_from = old_to + size, new_to + size
        for was, now in zip(old[old_to:old_from], new[new_to:new_from], strict=True):
            runs += _same_chunk(now, was)
    return runs


def _matching(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    """The stretches that both have, as `(place in old, place in new, length)`; the last one is the end of both."""
    least = min(len(old), len(new))
    head = next((index for index in range(least) if old[index] != new[index]), least)
    least -= head
    tail = next((index for index in range(least) if old[-1 - index] != new[-1 - index]), least)
    inner_old, inner_new = old[head : len(old) - tail], new[head : len(new) - tail]
    blocks = [(0, 0, head)]
    if len(inner_old) * len(inner_new) <= _MOST_COMPARED:
        matcher = SequenceMatcher(None, inner_old, inner_new, autojunk=False)
        blocks += [
            (place + head, other + head, size) for place, other, size in matcher.get_matching_blocks()[:-1]
        ]
    return [*blocks, (len(old) - tail, len(new) - tail, tail)]


def _same_chunk(now: _Chunk, was: _Chunk) -> list[_Run]:
    if len(was.words) == 1:
        return [_Run([_Token(now.text, True)], list(was.words), kept=True)]
    return _within([now], [was])


def _words(chunks: Iterable[_Chunk]) -> list[Word]:
    return [word for chunk in chunks for word in chunk.words]


def _within(new: Sequence[_Chunk], old: Sequence[_Chunk]) -> list[_Run]:
    """Letter by letter: a word stays where all of its letters still stand together."""
    words = _words(old)
    spelled = [word.text.strip() for word in words]
    before, after = "".join(spelled), "".join(chunk.text for chunk in new)
    starts = {0}
    for chunk in new[:-1]:
        starts.add(max(starts) + len(chunk.text))
    blocks = _matching(before, after)
    runs: list[_Run] = []
    done = offset = waiting = 0
    for number, word in enumerate(spelled):
        place = _place(offset, len(word), blocks)
        offset += len(word)
        if place is None or any(place < start < place + len(word) for start in starts):
            continue
        if place > done or number > waiting:
            runs.append(_Run(_tokens(after, done, place, starts), words[waiting:number], kept=False))
        token = _Token(after[place : place + len(word)], place in starts)
        runs.append(_Run([token], [words[number]], kept=True))
        done, waiting = place + len(word), number + 1
    if len(after) > done or len(words) > waiting:
        runs.append(_Run(_tokens(after, done, len(after), starts), words[waiting:], kept=False))
    return runs


def _place(offset: int, length: int, blocks: Iterable[tuple[int, int, int]]) -> int | None:
    for old, new, size in blocks:
        if old <= offset and offset + length <= old + size:
            return new + offset - old
    return None


def _tokens(text: str, start: int, end: int, starts: set[int]) -> list[_Token]:
    """What is written between two words that stayed, cut at spaces; scripts that write none are cut at each sign."""
    cuts = {start, end} | {each for each in starts if start < each < end}
    cuts |= {index for index in range(start + 1, end) if _is_wide(text[index]) or _is_wide(text[index - 1])}
    pairs = pairwise(sorted(cuts))
    return [_Token(text[begin:stop], begin in starts) for begin, stop in pairs if stop > begin]


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF" and character.isalnum()


def _timed(runs: Sequence[_Run], start_ms: int, end_ms: int) -> list[tuple[_Token, Word]]:
    timed: list[tuple[_Token, Word]] = []
    for number, run in enumerate(runs):
        if run.kept:
            timed += [
                (token, replace(word, text=token.text))
                for token, word in zip(run.tokens, run.words, strict=True)
            ]
        elif run.tokens and run.words:
            timed += _shared(run.tokens, run.words[0].start_ms, run.words[-1].end_ms)
        elif run.tokens:
            timed += _inserted(
                run.tokens, timed, runs[number + 1].words if runs[number + 1 :] else [], start_ms, end_ms
            )
    return timed


def _shared(tokens: Sequence[_Token], start_ms: int, end_ms: int) -> list[tuple[_Token, Word]]:
    """The tokens, each as long as its share of the letters."""
    whole, done, timed = sum(token.weight for token in tokens), 0, []
    for token in tokens:
        begin = start_ms + (end_ms - start_ms) * done // whole
        done += token.weight
        stop = start_ms + (end_ms - start_ms) * done // whole
        timed.append((token, Word(begin, stop, token.text, CERTAIN)))
    return timed


def _inserted(
    tokens: Sequence[_Token], before: list[tuple[_Token, Word]], after: list[Word], start_ms: int, end_ms: int
) -> list[tuple[_Token, Word]]:
    """Gives tokens for which nothing was heard the time there is; too little of it is eked out by a neighbour."""
    letters = sum(token.weight for token in tokens)
    begin = before[-1][1].end_ms if before else start_ms
    limit = after[0].start_ms if after else end_ms
    missing = letters * _LEAST_MS_A_LETTER - (limit - begin)
    if missing > 0 and before:
        token, word = before[-1]
        begin -= min(missing, (word.end_ms - word.start_ms) // 2)
        before[-1] = (token, replace(word, end_ms=begin))
    elif missing > 0 and after:
        limit += min(missing, (after[0].end_ms - after[0].start_ms) // 2)
        after[0] = replace(after[0], start_ms=limit)
    elif before:
        limit = min(limit, begin + letters * _MS_A_LETTER)
    elif after:
        # At the beginning they lead up to the first word.
        begin = max(begin, limit - letters * _MS_A_LETTER)
    return _shared(tokens, begin, limit)
