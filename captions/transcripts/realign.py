"""Realigns the words of a corrected text: gives each a start and an end.

Unchanged words keep their times; words that replace others share the times of those; inserted words take the time
between their neighbours, or part of a neighbour's.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import NamedTuple

from ..core.characters import bare, characters, is_unspaced
from ..core.matching import BoundedMatcher, ends
from ..speech.types import Word

# The probability of a word that a user has written.
CERTAIN = 1.0
# The duration of an inserted word per letter: the usual one, and the least, for which a neighbour gives up time.
_MS_A_LETTER = 80
_LEAST_MS_A_LETTER = 30


def realigned(text: str, words: Sequence[Word], start_ms: int, end_ms: int) -> tuple[Word, ...]:
    """The words of `text`, which replaces the text of `words`; in order and between `start_ms` and `end_ms`.

    Joined, they spell `text` as `in_text` has it: line breaks stand before the word that they precede, those at the end
    behind the last word. Unchanged words keep their times and probabilities.
    """
    text = in_text(text)
    heard = _in_order(words, start_ms, end_ms)
    spaced = not heard or heard[0].text[:1].isspace()
    runs = _aligned(_chunks_of_text(text), _chunks_of_words(heard))
    timed = _timed(runs, start_ms, end_ms)
    last, end = len(timed) - 1, text[len(text.rstrip()) :]
    return tuple(
        _with(
            word,
            text=f"{token.lead if number or spaced or token.lead != ' ' else ''}{token.text}"
            + (end if number == last else ""),
        )
        for number, (token, word) in enumerate(timed)
    )


_SPACE = re.compile(r"\s+")


def in_text(text: str) -> str:
    """The text as it is stored: runs of white space as one space, or as the line break that they hold, or as the two of
    a paragraph. There may be line breaks at the ends, but no spaces.
    """
    if "\n" not in text and "\r" not in text:
        return " ".join(text.split())
    return _SPACE.sub(_one_space, text.replace("\r\n", "\n").replace("\r", "\n")).strip(" ")


def _one_space(run: "re.Match[str]") -> str:
    return "\n" * min(run[0].count("\n"), 2) or " "


class _Token(NamedTuple):
    """A word that has no times yet; `lead` is the white space before it, a space at the beginning of the text."""

    text: str
    lead: str

    @property
    def weight(self) -> int:
        return max(1, len(self.text))


class _Chunk(NamedTuple):
    """The text between two spaces, and its recognised words: several in scripts without spaces."""

    text: str
    words: tuple[Word, ...] = ()
    lead: str = " "

    @property
    def key(self) -> str:
        return key_of(self.text)


@dataclass(slots=True)
class _Run:
    """Tokens and the `words` that they replace: one for one and at their times if `kept`, else all of them together."""

    tokens: list[_Token]
    words: list[Word]
    kept: bool


def key_of(text: str) -> str:
    """The word without case and surrounding punctuation; words with the same key count as equal."""
    if text.isascii() and text.isalnum():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return bare(folded) or folded


def _in_order(words: Iterable[Word], start_ms: int, end_ms: int) -> list[Word]:
    """The words that are not blank, with times made monotonic and within the utterance; a model's may not be."""
    ordered, clock = [], start_ms
    for word in words:
        if not word.text.strip():
            continue
        begin = min(max(word.start_ms, clock), end_ms)
        clock = min(max(word.end_ms, begin), end_ms)
        ordered.append(_with(word, start_ms=begin, end_ms=clock))
    return ordered


def _with(
    word: Word, *, text: str | None = None, start_ms: int | None = None, end_ms: int | None = None
) -> Word:
    """The word with these changes. Most have none, and `dataclasses.replace` takes seconds for a long transcript."""
    begin = word.start_ms if start_ms is None else start_ms
    end = word.end_ms if end_ms is None else end_ms
    written = word.text if text is None else text
    if (begin, end, written) == (word.start_ms, word.end_ms, word.text):
        return word
    return Word(begin, end, written, word.probability)


def _chunks_of_words(words: Iterable[Word]) -> list[_Chunk]:
    chunks: list[list[Word]] = []
    for word in words:
        if not chunks or word.text[0].isspace():
            chunks.append([])
        chunks[-1].append(word)
    return [
        _Chunk(
            chunk[0].text.strip() if len(chunk) == 1 else "".join(word.text.strip() for word in chunk),
            tuple(chunk),
        )
        for chunk in chunks
    ]


_PART = re.compile(r"(\s*)(\S+)")


def _chunks_of_text(text: str) -> list[_Chunk]:
    if "\n" not in text:
        return [_Chunk(part) for part in text.split()]
    return [_Chunk(part, lead=lead or " ") for lead, part in _PART.findall(text)]


def _aligned(new: Sequence[_Chunk], old: Sequence[_Chunk]) -> list[_Run]:
    runs: list[_Run] = []
    same = _same_chunks(old, new)
    old_from = new_from = 0
    for old_to, new_to, size in same:
        before, after = old[old_from:old_to], new[new_from:new_to]
        if any(len(chunk.words) > 1 for chunk in before):
            runs += _within(after, before)
        elif before or after:
            runs.append(_Run([_Token(chunk.text, chunk.lead) for chunk in after], _words(before), kept=False))
        old_from, new_from = old_to + size, new_to + size
        runs += _kept(new[new_to:new_from], old[old_to:old_from])
    return runs


def _same_chunks(old: Sequence[_Chunk], new: Sequence[_Chunk]) -> list[tuple[int, int, int]]:
    """Blocks of equal chunks, as of `_matching`. Most texts begin and end as before, so that few keys are needed."""
    head, tail = ends([each.text for each in old], [each.text for each in new])
    inner = _matching(
        [each.key for each in old[head : len(old) - tail]], [each.key for each in new[head : len(new) - tail]]
    )
    moved = [(place + head, other + head, size) for place, other, size in inner]
    return [(0, 0, head), *moved, (len(old) - tail, len(new) - tail, tail)]


def _matching(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    """Blocks that both have, as `(index in old, index in new, length)`; the last one ends both."""
    head, tail = ends(old, new)
    inner_old, inner_new = old[head : len(old) - tail], new[head : len(new) - tail]
    blocks = [(0, 0, head)]
    inner = BoundedMatcher(inner_old, inner_new).get_matching_blocks()
    blocks += [(place + head, other + head, size) for place, other, size in inner[:-1]]
    return [*blocks, (len(old) - tail, len(new) - tail, tail)]


def _kept(new: Sequence[_Chunk], old: Sequence[_Chunk]) -> list[_Run]:
    """The runs of chunks that are equal one for one."""
    runs: list[_Run] = []
    is_open = False
    for now, was in zip(new, old, strict=True):
        if len(was.words) > 1:
            runs += _within([now], [was])
        elif is_open:
            runs[-1].tokens.append(_Token(now.text, now.lead))
            runs[-1].words.append(was.words[0])
        else:
            runs.append(_Run([_Token(now.text, now.lead)], list(was.words), kept=True))
        is_open = len(was.words) == 1
    return runs


def _words(chunks: Iterable[_Chunk]) -> list[Word]:
    return [word for chunk in chunks for word in chunk.words]


def _within(new: Sequence[_Chunk], old: Sequence[_Chunk]) -> list[_Run]:
    """The runs of some chunks, compared letter by letter: a word is kept if its letters are still together."""
    words = _words(old)
    spelled = [word.text.strip() for word in words]
    before, after = "".join(spelled), "".join(chunk.text for chunk in new)
    starts: dict[int, str] = {}
    place_of = 0
    for chunk in new:
        starts[place_of] = chunk.lead
        place_of += len(chunk.text)
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
        token = _Token(after[place : place + len(word)], starts.get(place, ""))
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


def _tokens(text: str, start: int, end: int, starts: Mapping[int, str]) -> list[_Token]:
    """The text between two kept words, cut at spaces, and at each character in scripts without spaces."""
    cuts = {start, end} | {each for each in starts if start < each < end}
    between = accumulate(map(len, characters(text[start:end])), initial=start)
    cuts |= {at for at in between if start < at < end and (_is_letter(text[at]) or _is_letter(text[at - 1]))}
    pairs = pairwise(sorted(cuts))
    return [_Token(text[begin:stop], starts.get(begin, "")) for begin, stop in pairs if stop > begin]


def _is_letter(character: str) -> bool:
    """Whether it is a letter of a script without spaces."""
    return is_unspaced(character) and character.isalnum()


def _timed(runs: Sequence[_Run], start_ms: int, end_ms: int) -> list[tuple[_Token, Word]]:
    timed: list[tuple[_Token, Word]] = []
    for number, run in enumerate(runs):
        if run.kept:
            timed += zip(run.tokens, run.words, strict=True)
        elif run.tokens and run.words:
            timed += _shared(run.tokens, run.words[0].start_ms, run.words[-1].end_ms)
        elif run.tokens:
            timed += _inserted(
                run.tokens, timed, runs[number + 1].words if runs[number + 1 :] else [], start_ms, end_ms
            )
    return timed


def _shared(tokens: Sequence[_Token], start_ms: int, end_ms: int) -> list[tuple[_Token, Word]]:
    """The tokens as words that divide the time range in proportion to their letters."""
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
    """Inserted tokens with the time between their neighbours, plus part of a neighbour's if that is too short."""
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
        # At the beginning of the utterance, inserted words end where the first recognised word begins.
        begin = max(begin, limit - letters * _MS_A_LETTER)
    return _shared(tokens, begin, limit)
