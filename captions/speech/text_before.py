"""The text before a window as its prompt, which keeps names and style the same from sentence to sentence."""

_KEPT_CHARACTERS = 1_000


class TextBefore:
    """Keeps the end of the text. A prompt has at most `characters`, and only a window within `gap_ms` gets one."""

    def __init__(self, characters: int, gap_ms: int) -> None:
        self._characters = characters
        self._gap_ms = gap_ms
        self.forget()

    def forget(self) -> None:
        """Drops the text, as for a change of language."""
        self._text, self._end_ms = "", 0

    def add(self, text: str, end_ms: int) -> None:
        """Adds a text that ends at `end_ms`."""
        self._text = f"{self._text} {text}".strip()[-_KEPT_CHARACTERS:]
        self._end_ms = end_ms

    def take_back(self, text: str) -> None:
        """Removes a text that was added last."""
        self._text = self._text.removesuffix(text).rstrip()

    def prompt(self, start_ms: int) -> str:
        """The prompt, in whole words, for a window that begins at `start_ms`; empty if there is none."""
        if start_ms - self._end_ms > self._gap_ms:
            return ""
        text = self._text[-self._characters :]
        return text if len(text) == len(self._text) else text.partition(" ")[2]
