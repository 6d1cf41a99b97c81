"""What is said in a file: the JSON beside it."""

import json
from dataclasses import dataclass
from pathlib import Path

from .errors import LivetestError
from .wer import normalise


@dataclass(frozen=True, slots=True)
class ReferenceWord:
    """One spoken word as it is compared, and when it begins and ends in the file."""

    text: str
    end_ms: float
    start_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Reference:
    """`text` is the whole of it; `words` are the timed words, which may lack some of the text."""

    text: str
    words: tuple[ReferenceWord, ...]


def load_reference(sound: Path) -> Reference | None:
    """Reads `{"words": [{"text", "start_ms", "end_ms"}…], "sentences": [{"text"…}…]}` from the file named like the
    sound, ending in .json; `sentences` may be missing. None where there is no such file. Raises LivetestError.
    """
    path = sound.with_suffix(".json")
    if not path.exists():
        return None
    try:
        data = json.loads(path.read_text("utf-8"))
        words = tuple(
            ReferenceWord(part, float(word["end_ms"]), float(word["start_ms"]))
            for word in data["words"]
            for part in normalise(word["text"])
        )
        text = " ".join(part["text"] for part in data.get("sentences") or data["words"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LivetestError(
            f"{path} is not a reference: it needs words with text, start_ms and end_ms."
        ) from error
    return Reference(text, words)
