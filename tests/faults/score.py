"""Compares what a transcript has with what was said, and tells when text was live again. Pure: times are inputs."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from captions.benchmarks.corpus import TimedWord
from captions.benchmarks.livetest.wer import align, normalise

# Words further apart than this are no repetition of each other; more in a row than by chance are a piece out of order.
_NEAR_WORDS = 12
_PIECE_WORDS = 3
# Of letters that two texts share: one is the other, spelled or misheard.
_ALIKE = 0.8
# How old a word may be, once it is shown, to count as live; how many of the last words must be so new.
LIVE_MS = 8_000
_LAST_WORDS = 5
_STEP_MS = 100
_LIVE_WORDS = 2


@dataclass(frozen=True, slots=True)
class Score:
    """What became of the words: `lost_ms` is the time that the lost ones took to say."""

    said: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    disordered: tuple[str, ...]
    lost_ms: float

    @property
    def is_whole(self) -> bool:
        return not (self.lost or self.doubled or self.disordered)


@dataclass(frozen=True, slots=True)
class _Block:
    """Words between two that are the same in both texts: of the reference, and of the transcript."""

    said: range
    heard: range


def heard(said: Sequence[str], text: str) -> set[int]:
    """The places of the words that were recognised, rightly or wrongly: those whose place in the text is not empty."""
    missing = {
        place for block in _blocks(said, normalise(text)) for place in _nowhere(block, said, normalise(text))
    }
    return set(range(len(said))) - missing


def score(said: Sequence[TimedWord], known: Collection[int], text: str) -> Score:
    """Compares a transcript with the words that were said.

    `known` are the numbers of those that an undisturbed run recognised. A word in whose place is another one was
    misheard, and is not lost. Words in excess are doubled if they repeat their neighbours, and out of order if they are
    lost elsewhere; others were invented by the model, and are no matter here.
    """
    words, found = [word.text for word in said], normalise(text)
    blocks = _blocks(words, found)
    lost = [place for block in blocks for place in _nowhere(block, words, found) if place in known]
    extra = [_excess(block, words, found) for block in blocks]
    missing = [words[place] for place in lost]
    disordered: list[str] = []
    doubled: list[str] = []
    for block, excess in zip(blocks, extra, strict=True):
        piece = [found[place] for place in excess]
        if len(piece) >= _PIECE_WORDS and _shared(piece, missing) >= _PIECE_WORDS:
            disordered += piece
            continue
        before = words[max(0, block.said.start - _NEAR_WORDS) : block.said.start]
        after = words[block.said.stop : block.said.stop + _NEAR_WORDS]
        if piece and (_repeats(piece, before[::-1]) or _repeats(piece, after)):
            doubled += piece
    return Score(len(words), tuple(missing), tuple(doubled), tuple(disordered), _duration(said, lost))


def live_again(
    shown: Iterable[tuple[float, str]], said: Sequence[TimedWord], since_ms: float
) -> float | None:
    """When, from this moment on, the text showed what had just been said; None if it never did.

    `shown` are the texts of a page with the moments at which they appeared, in order; all times are milliseconds since
    the speaker began.
    """
    current = ""
    for at_ms, text in shown:
        if at_ms < since_ms:
            current = text
            continue
        if text != current and is_live(text, said, at_ms):
            return at_ms
        current = text
    return None


def without_live(
    shown: Iterable[tuple[float, str]], said: Sequence[TimedWord], start_ms: float, end_ms: float
) -> float:
    """For how many milliseconds between two moments the text did not show what had just been said."""
    texts = list(shown)
    dead = 0.0
    for at_ms in range(round(start_ms), round(end_ms), _STEP_MS):
        current = next((text for moment, text in reversed(texts) if moment <= at_ms), "")
        if not is_live(current, said, at_ms):
            dead += _STEP_MS
    return min(dead, end_ms - start_ms)


def is_live(text: str, said: Sequence[TimedWord], at_ms: float) -> bool:
    """Whether the last words of the text were said a moment ago."""
    now = {word.text for word in said if at_ms - LIVE_MS < word.end_ms <= at_ms + 1_000}
    return sum(word in now for word in normalise(text)[-_LAST_WORDS:]) >= _LIVE_WORDS


def _blocks(said: Sequence[str], found: Sequence[str]) -> list[_Block]:
    blocks: list[_Block] = []
    start_said = start_found = next_said = next_found = 0
    for left, right in [*align(said, found), (len(said), len(found))]:
        is_same = left is not None and right is not None
        is_same = is_same and (left == len(said) or said[left] == found[right])  # type: ignore[index]
        if is_same:
            if next_said > start_said or next_found > start_found:
                blocks.append(_Block(range(start_said, next_said), range(start_found, next_found)))
            start_said, start_found = left + 1, right + 1  # type: ignore[operator]
            next_said, next_found = start_said, start_found
            continue
        next_said += left is not None
        next_found += right is not None
    return blocks


def _nowhere(block: _Block, said: Sequence[str], found: Sequence[str]) -> list[int]:
    """The places of the words that have no counterpart: as many as are too few, the last ones first if they are cut."""
    few = len(block.said) - len(block.heard)
    if few <= 0 or _sounds_alike(block, said, found):
        return []
    if not block.heard:
        return list(block.said)
    # Which of them were misheard is not known: the ones most like what was heard.
    alike = sorted(
        block.said, key=lambda place: max(_likeness(said[place], found[other]) for other in block.heard)
    )
    return sorted(alike[:few])


def _excess(block: _Block, said: Sequence[str], found: Sequence[str]) -> list[int]:
    many = len(block.heard) - len(block.said)
    if many <= 0 or _sounds_alike(block, said, found):
        return []
    if not block.said:
        return list(block.heard)
    alike = sorted(
        block.heard, key=lambda place: max(_likeness(said[other], found[place]) for other in block.said)
    )
    return sorted(alike[:many])


def _sounds_alike(block: _Block, said: Sequence[str], found: Sequence[str]) -> bool:
    """Whether the words are about the same, only written together or apart."""
    one, other = (
        "".join(words[place] for place in places)
        for words, places in ((said, block.said), (found, block.heard))
    )
    return SequenceMatcher(None, one, other).ratio() >= _ALIKE


def _likeness(one: str, other: str) -> float:
    common = sum(letter in other for letter in one)
    return common / max(len(one), len(other))


def _repeats(piece: Sequence[str], near: Sequence[str]) -> bool:
    """Whether most words of the piece stand near it too, as near as the piece is long."""
    close = near[: max(2, 2 * len(piece))]
    return 2 * sum(word in close for word in piece) > len(piece)


def _shared(piece: Sequence[str], missing: Sequence[str]) -> int:
    """The length of the longest run of words of the piece that is a run of the missing ones too."""
    best = 0
    row = [0] * (len(missing) + 1)
    for word in piece:
        row = [0] + [row[at] + 1 if missing[at] == word else 0 for at in range(len(missing))]
        best = max(best, *row)
    return best


def _duration(said: Sequence[TimedWord], lost: Sequence[int]) -> float:
    """How long the lost words took to say, with the pauses between those that follow each other."""
    total = 0.0
    for at, place in enumerate(lost):
        follows = at > 0 and lost[at - 1] == place - 1
        start = said[place - 1].end_ms if follows else said[place].start_ms
        total += said[place].end_ms - start
    return total
