"""What was said before a window, as a prompt: names and style stay the same from sentence to sentence."""

_KEPT_CHARACTERS = 1_000


class TextBefore:
    """The end of the text so far, `characters` of it, for what begins within `gap_ms` of it."""

    def __init__(self, characters: int, gap_ms: int) -> None:
        self._characters = characters
        self._gap_ms = gap_ms
        self.forget()

    def forget(self) -> None:
        """What comes has nothing to do with what was said: another language, say."""
        self._text, self._end_ms = "", 0

    def add(self, text: str, end_ms: int) -> None:
        """A text that ends at `end_ms` stands before the window now."""
        self._text = f"{self._text} {text}".strip()[-_KEPT_CHARACTERS:]
        self._end_ms = end_ms

    def prompt(self, start_ms: int) -> str:
        """Whole words for a window that begins at `start_ms`; empty when there are none."""
        if start_ms - self._end_ms > self._gap_ms:
            return ""
        text = self._text[-self._characters :]
        return text if len(text) == len(self._text) else text.partition(" ")[2]
