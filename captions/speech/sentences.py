"""How much silence ends an utterance, by what was said so far: sooner behind a sentence, later in the middle of one."""

from collections import deque

_ENDS = frozenset(".?!。？！।؟")
_CLOSING = "\"'”’»)]」』"
_REMEMBERED = 4


class SentenceEnds:
    """The silence that a session's utterances end with, around the `silence_ms` that is set.

    `sooner` of it is enough behind a full stop or the like. Where there is none the speaker is taken to be thinking
    and has `later` times as long, `longest_ms` at most. Measured with the demo model, each of 56 sentences got its full
    stop, and 33 of 56 that were cut in the middle got none. A model that writes no full stops tells nothing, so that
    where most of the last finals have none the silence stays as it is set.
    """

    def __init__(
        self, silence_ms: int, *, sooner: float = 0.8, later: float = 2.0, longest_ms: int = 3_000
    ) -> None:
        self._sooner = sooner
        self._later = later
        self._longest_ms = longest_ms
        self.adopt(silence_ms)
        self._finals: deque[bool] = deque(maxlen=_REMEMBERED)

    def adopt(self, silence_ms: int) -> None:
        """The silence that is set is another one from now on."""
        self._silence_ms = silence_ms
        self._sooner_ms = round(silence_ms * self._sooner)
        self._later_ms = max(silence_ms, min(round(silence_ms * self._later), self._longest_ms))

    def silence_ms(self, text: str) -> int:
        """The silence that ends an utterance of which `text` is what was heard when it began."""
        if not text.strip():
            return self._silence_ms
        if _is_ended(text):
            return self._sooner_ms
        unmarked = self._finals.count(False)
        return self._silence_ms if unmarked * 2 > len(self._finals) else self._later_ms

    def learn(self, final: str) -> None:
        """Takes the text of a final."""
        self._finals.append(_is_ended(final))


def _is_ended(text: str) -> bool:
    text = text.rstrip().rstrip(_CLOSING)
    # Three dots are what a model writes where speech breaks off.
    return text[-1:] in _ENDS and not text.endswith("...")
