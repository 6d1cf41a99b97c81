"""Where a subtitle's text may be broken, and how well it reads there."""

from .pieces import LINE_COLUMNS, Piece, columns, join

_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
_CLAUSE_ENDS = (",", ";", ":", "–", "—", "、", "，", "；", "：", "،")
_CLOSING = "\"'”’»)]"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CONJUNCTIONS = _words(
    "and but or nor so yet because although though while when where which who that if unless until since than as "
    "und aber oder weil dass wenn obwohl et mais ou car parce que qui quand si y o pero porque cuando e ma perché "
    "che en maar of omdat"
)
# A line never ends with one of these: they belong to the next word.
_LEANING = _words(
    "a an the my your his her its our their this these those of to in on at by for with from into not no very mr "
    "mrs ms dr der die das den dem des ein eine einen einem le la les un une des du de el los las una il lo gli "
    "het een"
)


def break_cost(before: Piece, after: Piece) -> int:
    """How badly it reads when a line or a cue ends between the two pieces: 0 is best."""
    if not any(character.isalnum() for character in after.text):
        return 240
    ending = before.text.rstrip(_CLOSING)
    if ending.endswith(_SENTENCE_ENDS):
        return 0
    if ending.endswith(_CLAUSE_ENDS):
        return 8
    if _plain(after.text) in _CONJUNCTIONS:
        return 16
    if _plain(before.text) in _LEANING | _CONJUNCTIONS:
        return 120
    return 32


def _plain(text: str) -> str:
    return text.casefold().strip(_CLOSING + "“‘«([")


def wrap(pieces: list[Piece]) -> tuple[str, ...] | None:
    """The pieces on one line or on two of about equal width; None when they need more."""
    widths = [columns(piece.text) + piece.spaced for piece in pieces]
    upper, lower = 0, sum(widths)
    if lower - pieces[0].spaced <= LINE_COLUMNS:
        return (join(pieces),)
    best: tuple[int, int] | None = None
    for index in range(1, len(pieces)):
        upper, lower = upper + widths[index - 1], lower - widths[index - 1]
        wide, narrow = upper - pieces[0].spaced, lower - pieces[index].spaced
        # Some readers take a last line of digits alone for the number of the next subtitle.
        if wide > LINE_COLUMNS or narrow > LINE_COLUMNS or _digits(pieces[index:]):
            continue
        cost = abs(wide - narrow) + break_cost(pieces[index - 1], pieces[index])
        if best is None or cost < best[0]:
            best = cost, index
    return (join(pieces[: best[1]]), join(pieces[best[1] :])) if best else None


def _digits(pieces: list[Piece]) -> bool:
    return all(piece.text.isdecimal() for piece in pieces)
