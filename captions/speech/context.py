"""What was said before, as a prompt for what is said next."""

from .types import Hypothesis


class Context:
    """The last final of a session, as long as it helps.

    A prompt keeps names and style the same from sentence to sentence, but a bad phrase in it is said again and again.
    So only a final that the model was sure of is kept, and none over a silence of `longest_silence_ms`. The prompt is
    the end of that final, `most_characters` of it.
    """

    def __init__(
        self,
        *,
        longest_silence_ms: int = 8_000,
        most_characters: int = 200,
        lowest_log_probability: float = -0.5,
        highest_compression_ratio: float = 2.0,
    ) -> None:
        self._longest_silence_ms = longest_silence_ms
        self._most_characters = most_characters
        self._lowest_log_probability = lowest_log_probability
        self._highest_compression_ratio = highest_compression_ratio
        self._text = ""
        self._end_ms = 0

    def heard(self, heard: Hypothesis, kept: Hypothesis | None, *, end_ms: int) -> None:
        """Takes a final that ended at `end_ms`, as it was decoded and what the filter kept of it."""
        sure = (
            kept is not None
            # Where words were dropped the model was looping or guessing.
            and len(kept.words) == len(heard.words)
            and heard.mean_log_probability >= self._lowest_log_probability
            and heard.compression_ratio <= self._highest_compression_ratio
        )
        self._text = _end_of(kept.text, self._most_characters) if kept and sure else ""
        self._end_ms = end_ms

    def prompt(self, *, start_ms: int) -> str:
        """The prompt for an utterance that begins at `start_ms`; empty when there is none."""
        return self._text if start_ms - self._end_ms <= self._longest_silence_ms else ""

    def forget(self) -> None:
        """What comes has nothing to do with what was said: another language, say."""
        self._text = ""


def _end_of(text: str, characters: int) -> str:
    """The last whole words of `text`, no more than `characters`."""
    if len(text) <= characters:
        return text
    return text[-characters:].partition(" ")[2]
