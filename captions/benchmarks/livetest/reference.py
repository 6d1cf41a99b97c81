"""The reference text of a sound file, from the JSON file beside it."""

import json
from dataclasses import dataclass
from pathlib import Path

from ..corpus import TimedWord
from .errors import LivetestError
from .wer import normalise


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole `text`, and those of its `words` that have times, normalised."""

    text: str
    words: tuple[TimedWord, ...]


def load_reference(sound: Path) -> Reference | None:
    """The reference in the .json file beside the sound file; None if there is none. Raises LivetestError.

    The file contains `{"words": [{"text", "start_ms", "end_ms"}…], "sentences": [{"text"…}…]}`; `sentences` may be
    missing.
    """
    path = sound.with_suffix(".json")
    if not path.exists():
        return None
    try:
        data = json.loads(path.read_text("utf-8"))
        words = tuple(
            TimedWord(part, float(word["start_ms"]), float(word["end_ms"]))
            for word in data["words"]
            for part in normalise(word["text"])
        )
        text = " ".join(part["text"] for part in data.get("sentences") or data["words"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LivetestError(
            f"{path} is not a reference: it needs words with text, start_ms and end_ms."
        ) from error
    return Reference(text, words)
