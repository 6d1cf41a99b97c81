"""The events of captions as plain sentences: unnamed events, whose data is the text of one final."""

import json
import re

_FIELD = re.compile(r"^(event|id|data): ?(.*)$", re.MULTILINE)


class Sentences:
    """Writes events anew, each final once; what is corrected later is not said again. Ids stay, for who reconnects."""

    def __init__(self, after_seq: int) -> None:
        self._seq = after_seq

    def write(self, text: str) -> str:
        """The event for one of `audience.stream`; empty if there is none for it."""
        fields = dict(_FIELD.findall(text))
        at = f"id: {fields['id']}\n" if "id" in fields else ""
        match fields.get("event"):
            case None:
                return text
            case "final":
                return at + self._sentence(json.loads(fields["data"])) + "\n"
            case "end" if at:
                return f"{at}\n"
        return ""

    def _sentence(self, final: dict[str, object]) -> str:
        seq, text = int(str(final["seq"])), str(final["text"])
        if seq <= self._seq:
            return ""
        self._seq = seq
        return "".join(f"data: {line}\n" for line in text.splitlines())
