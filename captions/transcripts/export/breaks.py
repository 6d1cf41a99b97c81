"""The cost of ending a line or a cue between two words."""

from functools import lru_cache

_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
_CLAUSE_ENDS = (",", ";", ":", "–", "—", "、", "，", "；", "：", "،")
_CLOSING = "\"'”’»)]"
_OPENING = "“‘«(["

BAD_BREAK = 1_000
"""A break of this cost or more is made only where the text does not fit otherwise."""
_PLAIN = 32


def _words(**of_language: str) -> dict[str, frozenset[str]]:
    """Sets of words by language code; the set under "" has the words of all languages, for unknown ones."""
    found = {language: frozenset(text.split()) for language, text in of_language.items()}
    return {**found, "": frozenset().union(*found.values())}


# Conjunctions begin a clause: a break before one reads well.
_CONJUNCTIONS = _words(
    en="and but or nor so yet because although though while when where which who that if unless until since than as",
    de="und aber oder denn sondern weil dass wenn obwohl während bis als ob damit",
    fr="et mais ou car parce que qui quand si lorsque puisque donc",
    es="y e o u pero sino porque que cuando aunque si mientras",
    it="e ed o ma perché che quando se mentre anche",
    nl="en maar of want omdat dat als toen terwijl",
    pt="e ou mas porque que quando se enquanto embora",
)
# Articles, prepositions and the like belong to the word after them: a break between the two reads badly.
_LEANING = _words(
    en="a an the my your his her its our their this these those of to in on at by for with from into not no very mr "
    "mrs ms dr",
    de="der die das den dem des ein eine einen einem einer eines mein dein sein ihr unser zu in im an am auf bei mit "
    "von vom für aus nicht kein keine sehr herr frau dr",
    fr="le la les l un une des du de au aux mon ma mes son sa ses ce cette à en dans sur pour par avec ne pas très m "
    "mme dr",
    es="el la los las un una unos unas de del al a en con por para su sus mi no muy",
    it="il lo la i gli le un uno una di del della da in con su per a al alla non molto",
    nl="de het een van in op aan met voor naar te bij zijn haar mijn niet geen zeer",
    pt="o a os as um uma de do da dos das em no na com por para não muito",
)


def break_cost(before: str, after: str, language: str = "") -> int:
    """How badly a line or cue reads that ends between two pieces of text: 0 is best, BAD_BREAK and more is bad.

    An unknown `language` (a code such as "en") has no conjunctions or articles; "" has those of all languages.
    """
    may_begin, begins_clause = _beginning(after, language)
    if not may_begin:
        return 2 * BAD_BREAK
    ends = _ending(before, language)
    return 16 if begins_clause and ends == _PLAIN else ends


@lru_cache(8192)
def _ending(text: str, language: str) -> int:
    """The cost of a break after the text."""
    ending = text.rstrip(_CLOSING)
    if ending.endswith(_SENTENCE_ENDS):
        return 0
    if ending.endswith(_CLAUSE_ENDS):
        return 8
    word = _plain(text)
    leans = word in _of(_LEANING, language) or word in _of(_CONJUNCTIONS, language)
    return BAD_BREAK if leans else _PLAIN


@lru_cache(8192)
def _beginning(text: str, language: str) -> tuple[bool, bool]:
    """Whether the text may begin a line at all, and whether it begins a clause."""
    return any(map(str.isalnum, text)), _plain(text) in _of(_CONJUNCTIONS, language)


def _of(words: dict[str, frozenset[str]], language: str) -> frozenset[str]:
    return words.get(language, frozenset())


def _plain(text: str) -> str:
    return text.casefold().strip(_CLOSING + _OPENING)
