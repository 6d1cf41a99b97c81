"""A folder of recordings with reference texts: `NAME.flac` (or another sound file) beside `NAME.json`.

The JSON has `text` or `sentences`, and may have `language` (a code; default en), `words` with their times, `kind`
(`english-hard`, `other-language`, …), `reference` (how good the text is: exact, good or approximate) and `punctuation`
(whether a person wrote the punctuation). Recordings whose name ends in `_paused` have artificial pauses within
sentences.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..asr.offline.media_error import MediaError
from ..asr.offline.media_file import MediaFile
from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE
from .errors import BenchError

Group = Literal["ordinary", "paused", "hard", "other languages", "other languages, paused"]
GROUPS: tuple[Group, ...] = ("ordinary", "paused", "hard", "other languages", "other languages, paused")

_PAUSED = "_paused"
_SOUNDS = (".flac", ".wav", ".ogg", ".mp3", ".m4a")
_FORMED = re.compile(r"[.?!…。？！][\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word as written in the reference, and its times in the recording."""

    text: str
    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A recording and its reference. `sound` is int16 mono at 16 kHz, shape (n,).

    `text` is empty without a reference, `words` without word times. `exact` is false if the text is only approximate,
    `formed` if its case and punctuation are not reliable.
    """

    name: str
    path: Path
    sound: Samples
    language: str
    text: str
    words: tuple[TimedWord, ...]
    group: Group
    exact: bool
    formed: bool

    @property
    def seconds(self) -> float:
        return self.sound.size / SAMPLE_RATE

    @property
    def judged(self) -> bool:
        """Whether the text is good enough to count word errors against it."""
        return self.exact and bool(self.text)

    def until(self, seconds: float) -> "Recording":
        """The first `seconds`, cut after a whole word; the whole recording if its words have no times."""
        if seconds >= self.seconds or (self.text and not self.words):
            return self
        words = tuple(word for word in self.words if word.end_ms <= seconds * 1000)
        end_ms = words[-1].end_ms if words else seconds * 1000
        text = " ".join(word.text for word in words)
        return replace(
            self,
            sound=self.sound[: round(end_ms * SAMPLE_RATE / 1000)],
            words=words,
            text=text,
        )


def load_corpus(
    folder: Path, *, names: Sequence[str] = (), languages: Sequence[str] = (), seconds: float | None = None
) -> list[Recording]:
    """The recordings of a folder in the order of their names; at most `seconds` of each.

    `names` and `languages` select some of them. Raises BenchError.
    """
    if not folder.is_dir():
        raise BenchError(f"There is no folder {folder}.")
    found = {
        path.stem: path
        for path in sorted(folder.iterdir())
        if path.suffix in _SOUNDS and path.with_suffix(".json").exists()
    }
    if missing := [name for name in names if name not in found]:
        raise BenchError(f"{folder} has no recording {', '.join(missing)} with a .json beside it.")
    chosen = [load(found[name]) for name in (names or found)]
    recordings = [each for each in chosen if not languages or each.language in languages]
    if not recordings:
        raise BenchError(f"{folder} has no recording to measure with.")
    return [each if seconds is None else each.until(seconds) for each in recordings]


def load(path: Path) -> Recording:
    """Loads one sound file and the JSON beside it. Raises BenchError."""
    beside = path.with_suffix(".json")
    try:
        data = json.loads(beside.read_text("utf-8"))
        words = tuple(
            TimedWord(str(word["text"]), float(word["start_ms"]), float(word["end_ms"]))
            for word in data.get("words") or ()
        )
        text = _text(data, words)
        language = str(data.get("language") or "en")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BenchError(
            f"{beside} is not a reference: it needs text, and words with text, start_ms and end_ms."
        ) from error
    return Recording(
        name=path.stem,
        path=path,
        sound=read_sound(path),
        language=language,
        text=text,
        words=words,
        group=_group(path.stem, language, str(data.get("kind") or "")),
        exact=data.get("reference") != "approximate",
        formed=_formed(data, text),
    )


def read_sound(path: Path) -> Samples:
    """The sound of a file, int16 mono at 16 kHz, shape (n,). Raises BenchError."""
    try:
        with MediaFile(path) as media:
            pieces = [
                np.zeros(piece, np.int16) if isinstance(piece, int) else piece for piece in media.sound()
            ]
        return np.concatenate(pieces)
    except MediaError as error:
        raise BenchError(str(error)) from error
    except ValueError as error:
        raise BenchError(f"{path} has no sound in it.") from error


def _text(data: dict[str, Any], words: Iterable[TimedWord]) -> str:
    if data.get("text"):
        return str(data["text"])
    sentences = data.get("sentences")
    return " ".join(str(each["text"]) for each in sentences) if sentences else " ".join(w.text for w in words)


def _group(name: str, language: str, kind: str) -> Group:
    paused = name.endswith(_PAUSED)
    if language != "en":
        return "other languages, paused" if paused else "other languages"
    if kind == "english-hard":
        return "hard"
    return "paused" if paused else "ordinary"


def _formed(data: dict[str, Any], text: str) -> bool:
    """Whether a person wrote the case and punctuation: as the JSON says, else as the text looks."""
    if (said := data.get("punctuation")) is not None:
        return bool(said)
    exact = data.get("reference") != "approximate"
    cased = text != text.lower() or text == text.upper()
    return exact and cased and bool(_FORMED.search(text))
