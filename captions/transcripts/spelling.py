"""Corrects mistyped words of a search with words that its person has said."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from django.db.models import QuerySet
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from ..models import Session, User
from . import spoken_words, unspaced
from .querying import TypedWord, typed_words
from .search import first_found
from .spoken_words import Likeness, Typed
from .timely import timely

# Too many shorter words differ in one letter only.
_LEAST_LENGTH, _SHORT = 3, 4
# In a longer word two letters may be wrong.
_LONG = 8
_MOST_WRONG = 6
# Of each word the nearest are tried, and of their combinations the nearest.
_NEAREST, _MOST_TRIED = 3, 8
_MOST_JOINED = 3
# How letters are written that a keyboard does not have.
_CONTRACTED = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_EXPANDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})

_Cost = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Guess:
    """What `text[start:end]` of a query may have meant; `cost` is less where that is more likely."""

    start: int
    end: int
    text: str
    cost: _Cost


@timely()
def corrected(
    user: User, text: str, languages: Sequence[str], sessions: QuerySet[Session] | None = None
) -> str:
    """The query with its mistyped words replaced by the most similar ones that the user has said.

    It finds something in `sessions`, by default all of the user's. Empty if there is no such query. Words that are left
    out, short ones, numbers and words that the user has said stay as they are. Words are stemmed for each of
    `languages`. Raises SlowSearchError.
    """
    words = list(typed_words(text))
    if not words:
        return ""
    typed = spoken_words.typed(user, [(word.text, word.beginning) for word in words], languages)
    wrong = [(word, each) for word, each in zip(words, typed, strict=True) if not each.known]
    if len(wrong) > _MOST_WRONG:
        return ""
    guesses = _guesses(user, text, words, typed, wrong)
    tried = [_written(text, each) for each in _combinations([word for word, _ in wrong], guesses)]
    mine = Session.objects.filter(user=user) if sessions is None else sessions
    return first_found(user, tried, languages, mine)


def _guesses(
    user: User,
    text: str,
    words: Sequence[TypedWord],
    typed: Sequence[Typed],
    wrong: Sequence[tuple[TypedWord, Typed]],
) -> list[_Guess]:
    spaced = [(word, _forms(each)) for word, each in wrong if not word.unspaced]
    joined = list(_joined(text, words, typed))
    halves = {half for _, forms in spaced for pair in _halves(forms[0]) for half in pair}
    likenesses = [likeness for _, forms in spaced for form in forms for likeness in _likenesses(form)]
    found = [
        _Guess(word.start, word.end, said, (1, 2))
        for word, _ in wrong
        if word.unspaced
        for said in unspaced.similar(user, word.text)[:_NEAREST]
    ]
    if not likenesses and not joined:
        return found
    said = spoken_words.similar(user, likenesses, halves | {whole for *_, whole, _ in joined})
    for word, forms in spaced:
        near = [*_nearest(word, forms, said), *_split(text, word, forms[0], said)]
        found += sorted(near, key=lambda each: (each.cost, each.text))[:_NEAREST]
    found += [
        _Guess(start, end, _as_typed(text[start:end], said[whole]), cost)
        for start, end, whole, cost in joined
        if whole in said
    ]
    return found


def _forms(typed: Typed) -> list[str]:
    """What the letters of a word may stand for: Müller is also written Mueller, and Muller."""
    contracted = typed.folded
    for written, letter in _CONTRACTED:
        contracted = contracted.replace(written, letter)
    return list(dict.fromkeys([typed.folded, contracted, typed.plain.translate(_EXPANDED)]))


def _most_mistakes(form: str) -> int:
    return 2 if len(form) >= _LONG else 1


def _likenesses(form: str) -> Iterator[Likeness]:
    length, most = len(form), _most_mistakes(form)
    # One letter, or two that changed places, leave what is before or after as it should be; of two mistakes in a long
    # word, most leave a third of it at one of its ends.
    kept = (length - 1) // 2 if most == 1 else length // 3
    if kept:
        yield Likeness(form[:kept], form[-kept:], length - most, length + most)


def _nearest(word: TypedWord, forms: Sequence[str], said: Mapping[str, str]) -> Iterator[_Guess]:
    costs: dict[str, _Cost] = {}
    for form in forms:
        near = process.extract(
            form, list(said), scorer=OSA.distance, score_cutoff=_most_mistakes(form), limit=None
        )
        for folded, distance, _ in near:
            if _is_believable(form, folded, distance):
                cost: _Cost = (distance, _kind(form, folded), -JaroWinkler.similarity(form, folded))
                costs[folded] = min(cost, costs.get(folded, cost))
    for folded, cost in costs.items():
        yield _Guess(word.start, word.end, _as_typed(word.text, said[folded]), cost)


def _is_believable(form: str, folded: str, distance: float) -> bool:
    """Whether somebody may have meant another word. Few mistype the first letter of all, and something else too."""
    if sorted(form) == sorted(folded):
        return True
    if len(form) < _SHORT and form.isascii():
        return distance == 0
    return form[0] == folded[0] or (distance == 1 and (len(form) > _SHORT or len(form) != len(folded)))


def _kind(form: str, folded: str) -> int:
    """0 for letters that changed places, 1 for one that is doubled or not, 2 for another mistake."""
    if sorted(form) == sorted(folded):
        return 0
    return 1 if _undoubled(form) == _undoubled(folded) else 2


def _undoubled(word: str) -> str:
    return word[:1] + "".join(letter for before, letter in pairwise(word) if letter != before)


def _halves(form: str) -> list[tuple[str, str]]:
    """The pairs of words that a word may be, if the space between them is missing."""
    return [(form[:at], form[at:]) for at in range(1, len(form))] if len(form) >= _SHORT else []


def _split(text: str, word: TypedWord, form: str, said: Mapping[str, str]) -> Iterator[_Guess]:
    for pair in _halves(form):
        # Words of one or two letters are not kept; the search will tell.
        if not all(len(half) < _LEAST_LENGTH or half in said for half in pair):
            continue
        first, second = (said.get(half, half) for half in pair)
        first = _as_typed(word.text, first)
        yield _Guess(word.start, word.end, _pair(text, word, first, second), (1, 0))


def _pair(text: str, word: TypedWord, first: str, second: str) -> str:
    """Two words as a query that finds them one after the other."""
    if word.quoted:
        return f"{first} {second}"
    is_alone = not (text[word.start - 1 : word.start] + text[word.end : word.end + 1]).strip()
    return f'"{first} {second}"' if is_alone else f"{first}-{second}"


def _joined(
    text: str, words: Sequence[TypedWord], typed: Sequence[Typed]
) -> Iterator[tuple[int, int, str, _Cost]]:
    """Neighbouring words that may be one: where they begin and end, the word without accents, and its cost."""
    for first in range(len(words)):
        for last in range(first + 1, min(first + _MOST_JOINED, len(words))):
            if text[words[last - 1].end : words[last].start] not in (" ", "-"):
                break
            whole = "".join(each.folded for each in typed[first : last + 1])
            yield words[first].start, words[last].end, whole, (last - first, 0)


def _combinations(wrong: Sequence[TypedWord], guesses: Sequence[_Guess]) -> list[list[_Guess]]:
    """The likeliest combinations of guesses, the best first: each has one for every wrong word that has any."""
    joined = [
        guess
        for guess in guesses
        if all((word.start, word.end) != (guess.start, guess.end) for word in wrong)
    ]
    found: list[list[_Guess]] = []
    for whole in ([], *([guess] for guess in joined)):
        left = [
            word for word in wrong if all(word.end <= each.start or word.start >= each.end for each in whole)
        ]
        choices = [
            [each for each in guesses if each.start == word.start and each.end == word.end] for word in left
        ]
        known = [each for each in choices if each]
        # Of many words only the best of each.
        most = _NEAREST if len(known) <= _NEAREST else 1
        found += [[*whole, *each] for each in product(*(choice[:most] for choice in known))]
    return sorted(filter(None, found), key=_costs)[:_MOST_TRIED]


def _costs(guesses: Sequence[_Guess]) -> list[float]:
    return [sum(guess.cost[place] for guess in guesses if place < len(guess.cost)) for place in range(3)]


def _as_typed(typed: str, said: str) -> str:
    return said.capitalize() if typed[:1].isupper() else said


def _written(text: str, guesses: Sequence[_Guess]) -> str:
    for guess in sorted(guesses, key=lambda each: each.start, reverse=True):
        text = f"{text[: guess.start]}{guess.text}{text[guess.end :]}"
    return text
