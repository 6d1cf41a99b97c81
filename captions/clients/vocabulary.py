"""The words that a client says are to be expected."""

from collections.abc import Iterable

from ..core.vocabulary import EntryError, vocabulary_entry
from ..tokens.admission import Refusal


def entries(texts: Iterable[str], called: str, param: str) -> tuple[str, ...]:
    """The words as they are kept. `called` is what messages call one: a sentence's beginning with `%(number)s`.

    Raises Refusal for the first that cannot be one.
    """
    words = []
    for number, text in enumerate(texts, 1):
        try:
            words.append(vocabulary_entry(text))
        except EntryError as error:
            sentence = error.of(called % {"number": number})
            raise Refusal(400, "invalid_value", sentence, param=param) from error
    return tuple(words)
