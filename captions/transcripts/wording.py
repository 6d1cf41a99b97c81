"""Finds and replaces a wording in a text, and finds the wording that a correction has replaced."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

from ..core.characters import bare
from ..core.matching import ends

LONGEST = 200
# A correction of more words than this is unlikely to apply anywhere else.
_MOST_WORDS = 5
_APOSTROPHES = "'’"
# static/js/transcript/wording.js has the same; a test has both find the same places. Joiners stand inside words, as in
# Persian. The vowels am of Thai and Lao are letters to Unicode, but nobody sees them apart from the letter before them.
_IN_WORD = r"[\p{L}\p{N}\p{M}_\u200c\u200d]"
_CONTINUES = r"[\p{M}\u0e33\u0eb3\u200d]"
_HAS_BOUNDS = regex.compile(r"[\p{L}\p{N}\p{M}]")
_WITHOUT_SPACES = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\u30fc]"
)


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording to find (`sought`) and its replacement (`written`).

    White space matches any white space, an apostrophe both of its forms. Without `match_case`, the replacement takes
    over a capital first letter, or all capitals, from what it replaces. With `whole_words`, parts of words do not
    match; in scripts without spaces only parts of characters do not.
    """

    sought: str
    written: str
    match_case: bool = False
    whole_words: bool = True

    def places(self, text: str) -> int:
        """The number of places in the text that would change."""
        return self._replaced(text)[1]

    def applied(self, text: str) -> str:
        return self._replaced(text)[0]

    def found(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yields (start, end, replacement) for each match."""
        for match in _pattern(self.sought, self.match_case, self.whole_words).finditer(text):
            yield match.start(), match.end(), self._written(match[0])

    def _written(self, found: str) -> str:
        return self.written if self.match_case else _in_case_of(found, self.sought, self.written)

    def _replaced(self, text: str) -> tuple[str, int]:
        count = 0

        def put(match: "regex.Match[str]") -> str:
            nonlocal count
            written = self._written(match[0])
            count += written != match[0]
            return written

        replaced: str = _pattern(self.sought, self.match_case, self.whole_words).sub(put, text)
        return replaced, count


@lru_cache(maxsize=1024)
def _pattern(sought: str, match_case: bool, whole_words: bool) -> "regex.Pattern[str]":
    parts = sought.split()
    if not parts:
        return regex.compile(r"(?!)")
    expression = r"\s+".join(regex.escape(part) for part in parts)
    for apostrophe in _APOSTROPHES:
        expression = expression.replace(apostrophe, "\0")
    expression = expression.replace("\0", f"[{_APOSTROPHES}]")
    if whole_words:
        before = f"(?<!{_IN_WORD})" if _has_bounds(parts[0][0]) else ""
        after = f"(?!{_IN_WORD if _has_bounds(parts[-1][-1]) else _CONTINUES})"
        expression = f"{before}{expression}{after}"
    return regex.compile(expression, 0 if match_case else regex.IGNORECASE)


def _has_bounds(character: str) -> bool:
    return bool(_HAS_BOUNDS.match(character)) and not _WITHOUT_SPACES.match(character)


def _in_case_of(found: str, sought: str, written: str) -> str:
    if found == sought:
        return written
    if sum(map(str.isalpha, found)) > 1 and found.isupper() and not sought.isupper():
        return written.upper()
    if found[:1].isupper() and sought[:1].islower():
        return written[:1].upper() + written[1:]
    return written


def correction(before: str, after: str) -> tuple[str, str] | None:
    """The wording that differs between two texts, as (before, after) without surrounding punctuation.

    None unless exactly one run of a few words was replaced.
    """
    old, new = before.split(), after.split()
    head, tail = ends(old, new)
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    # With words that both have, it is more than one run.
    if not old or not new or max(len(old), len(new)) > _MOST_WORDS or {*old} & {*new}:
        return None
    heard, written = bare(" ".join(old)), bare(" ".join(new))
    if not heard or not written or heard == written or max(len(heard), len(written)) > LONGEST:
        return None
    return heard, written
