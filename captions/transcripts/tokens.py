"""Finds the searchable words of a text, in the same way as the database function `whisperstream_plain`."""

import re
import unicodedata

# Characters that are ignored within words, that separate words, and that are words by themselves (in scripts without
# spaces).
_IGNORED = (
    r"\u00ad\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    r"\u200c-\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f"
)
_SEPARATORS = (
    r"\u0000-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7"
    r"\u02b9-\u02ff\u0589\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u1680"
    r"\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u303d\u30a0\u30fb"
    r"\ue000-\uf8ff\ufe10-\ufe6f\ufff0-\uffff\U0001f000-\U0001faff"
)
_WITHOUT_SPACES = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_ignored = re.compile(f"[{_IGNORED}]+")
_pieces = re.compile(f"[{_WITHOUT_SPACES}]|[^{_WITHOUT_SPACES}{_SEPARATORS}]+|[{_SEPARATORS}]+")
_is_separator = re.compile(f"[{_SEPARATORS}]")
_ascii_words = re.compile("[A-Za-z0-9]+")
_is_alone = re.compile(f"[{_WITHOUT_SPACES}]")
_all_alone = re.compile(f"[{_WITHOUT_SPACES}]+")

_VOICED = ("\u3099", "\u309a")

Span = tuple[int, int]


def spans(text: str) -> list[Span]:
    """(start, end) of each word in the text; the n-th one has position n in the search vector, counted from 1."""
    if text.isascii():
        return [match.span() for match in _ascii_words.finditer(text)]
    found: list[Span] = []
    begun: int | None = None
    for place, character in enumerate(text):
        plain = unicodedata.normalize("NFKC", character).lower()
        if plain in _VOICED and found and found[-1][1] == place:
            # A voicing mark that combines with the character before it.
            found[-1] = (found[-1][0], place + 1)
            continue
        # Normalising may turn one character into several: ½ becomes 1, a fraction slash and 2.
        for piece in _pieces.findall(_ignored.sub("", plain)):
            alone = _is_alone.match(piece)
            if begun is not None and (alone or _is_separator.match(piece)):
                found.append((begun, max(place, begun + 1)))
                begun = None
            if alone:
                found.append((place, place + 1))
            elif begun is None and not _is_separator.match(piece):
                begun = place
    if begun is not None:
        found.append((begun, len(text)))
    return found


def is_unspaced(text: str) -> bool:
    """Whether each character of the text is a word by itself."""
    return bool(_all_alone.fullmatch(characters(text)))


def characters(text: str) -> str:
    """The characters that are compared, of a text that is written without spaces."""
    return _ignored.sub("", unicodedata.normalize("NFKC", text).lower())
