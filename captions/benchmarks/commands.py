"""How often spoken commands are understood: each is said by espeak-ng in a sentence, and recognised by a real model."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..asr.engine.base import Audio, Task
from ..asr.engine.local_whisper import LocalWhisper
from ..commands.inline import Reading
from ..commands.spoken import commands
from ..commands.tables import Action, Inline, Table, expected, table_of
from ..speech.sentences import sentences
from ..speech.types import SAMPLE_RATE, SAMPLES_PER_MS, Word, join

# What is said around a command within a sentence, and by whom.
_AROUND = {
    "en": ("We came to the harbour, {said}, people were waiting there.", ("en-us", "en-gb+f2")),
    "de": ("Wir kamen zum Hafen, {said}, Leute warteten dort.", ("de", "de+f2")),
}
# What is said a second before a command that is a sentence of its own.
_SENTENCE = {"en": "People were waiting there.", "de": "Leute warteten dort."}
_BEFORE = "(?:harbou?r|Hafen)"
_WORDS_A_MINUTE = 150


@dataclass(frozen=True, slots=True)
class Understood:
    """Of `said` times that a phrase was said, how often it was taken for the command, and how often the model wrote the
    mark itself; `plain` is how often it was taken for it where the model was not told to expect commands.
    """

    language: str
    phrase: str
    said: int
    obeyed: int
    plain: int
    itself: int
    heard: tuple[str, ...]
    """What was recognised where it was not understood."""


def measure(path: str, languages: tuple[str, ...]) -> Iterator[Understood]:
    """Raises EngineError, FileNotFoundError without espeak-ng, and subprocess.CalledProcessError."""
    model = LocalWhisper(path, name="measured")
    for language in languages:
        table = table_of(language)
        assert table is not None
        known: list[object] = ["literal", "until"]
        for phrase, command in (*table.inline.items(), *table.whole.items()):
            # Of several phrases for one command, the first.
            if command not in known:
                known.append(command)
                yield _measured(model, table, language, phrase)


def _measured(model: LocalWhisper, table: Table, language: str, phrase: tuple[str, ...]) -> Understood:
    around, voices = _AROUND[language]
    action, command = table.whole.get(phrase), table.inline.get(phrase)
    said = " ".join(phrase) if action else around.format(said=" ".join(phrase))
    obeyed, plain, itself, heard = 0, 0, 0, []
    for voice in voices:
        # The letters of phrases are folded, but for a voice ß is not ss.
        sound = _spoken(said.replace("gross", "groß"), voice)
        if action:
            pause = np.zeros(SAMPLE_RATE // 2, np.float32)
            sound = np.concatenate([_spoken(_SENTENCE[language], voice), pause, sound])
        recognised = [_decoded(model, sound, language, hotwords) for hotwords in (expected(language), ())]
        with_them, without = (_is(each, language, table, action, command) for each in recognised)
        obeyed += with_them
        plain += without
        written = join(recognised[0])
        writes = getattr(command, "writes", "").strip()
        if not with_them and writes and re.search(rf"{_BEFORE}\s*{re.escape(writes)}", written, re.I):
            itself += 1
        elif not with_them:
            heard.append(written)
    return Understood(language, " ".join(phrase), len(voices), obeyed, plain, itself, tuple(heard))


def _decoded(model: LocalWhisper, sound: Audio, language: str, hotwords: tuple[str, ...]) -> tuple[Word, ...]:
    """As a live dictation decodes in a pause."""
    length_ms = len(sound) // SAMPLES_PER_MS
    task = Task(
        "partial", language=language, hotwords=hotwords, new_ms=length_ms, voice_ms=length_ms, careful=True
    )
    return model.decode(sound, task).words


def _is(
    words: tuple[Word, ...],
    language: str,
    table: Table,
    action: Action | None,
    command: Inline | None,
) -> bool:
    """Whether this is the command that was said."""
    if action is None:
        return any(each.command == command for each in Reading(join(words), table).found)
    *_, last = sentences(words) or [()]
    spoken = commands(last, language)
    return spoken is not None and spoken.action == action


def _spoken(text: str, voice: str) -> Audio:
    """The text as sound for an engine, with some silence around it."""
    wave = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", str(_WORDS_A_MINUTE), "--stdout", text],
        capture_output=True,
        check=True,
    ).stdout
    rate = int.from_bytes(wave[24:28], "little")
    sound = np.frombuffer(wave[44 : len(wave) // 2 * 2], np.int16).astype(np.float32) / 32_768
    places = np.arange(0, len(sound) - 1, rate / SAMPLE_RATE)
    silence = np.zeros(SAMPLE_RATE // 4, np.float32)
    return np.concatenate(
        [silence, np.interp(places, np.arange(len(sound)), sound), silence], dtype=np.float32
    )
