"""What OpenAI's clients ask of a file: the parts of the form of `POST /v1/audio/transcriptions` and `/translations`.

See https://platform.openai.com/docs/api-reference/audio. Lists come as parts whose names end in `[]`, objects as parts
such as `chunking_strategy[type]`; what is unknown is ignored.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ...core.json_text import decoded
from ...core.language_codes import LANGUAGES, code_of_tag
from ...core.translatable import gettext_noop
from ...protocol.endpointing import (
    LEAST_SILENCE_MS,
    LEAST_THRESHOLD,
    MOST_PREFIX_MS,
    MOST_SILENCE_MS,
    MOST_THRESHOLD,
    Endpointing,
)
from ..field_error import FieldError

FORMATS = ("json", "text", "srt", "verbose_json", "vtt", "diarized_json")
MOST_KEYWORDS, LONGEST_KEYWORD = 100, 60
# A model reads the end of a prompt of about so many characters.
_MOST_PROMPT = 1_000
# Of an entry, where a prompt is a list of words to expect.
_MOST_WORDS = 5
# Whisper's own marks, such as <|endoftext|>, are written so.
_MODEL_MARK = "<|"
_YES, _NO = ("true", "1"), ("false", "0", "")

_AS_SET = Endpointing()

_CHOICE = gettext_noop("“%(name)s” must be one of %(choices)s.")
_LANGUAGE = gettext_noop("The language “%(language)s” is not known. Use a code such as en, or leave it out.")
_NUMBER = gettext_noop("“%(name)s” must be a number from %(least)s to %(most)s.")
_KEYWORDS = gettext_noop(
    "“keywords” may have %(count)s entries of %(length)s characters each, and none may be empty."
)
_STRATEGY = gettext_noop("“chunking_strategy” must be “auto”, or an object of the type “server_vad”.")


@dataclass(frozen=True, slots=True)
class Asked:
    """How a file is to be heard, and what is to be answered."""

    model: str = ""
    language: str = ""
    """A code of `LANGUAGES`; empty to detect it."""
    format: str = "json"
    stream: bool = False
    with_words: bool = False
    """Whether verbose_json has the words; and below, the segments."""
    with_segments: bool = True
    with_logprobs: bool = False
    keywords: tuple[str, ...] = ()
    """Words and names to expect."""
    hints: tuple[str, ...] = ()
    """The same, from a prompt that is a list."""
    prompt: str = ""
    """Text before the sound, if the prompt is no list."""
    endpointing: Endpointing = _AS_SET
    speaker: str = ""
    """What the only speaker is called; empty if there may be others."""
    translate: bool = False

    def __repr__(self) -> str:
        # What people expect to say is as private as what they say.
        return f"Asked(format={self.format!r}, stream={self.stream!r})"


def read(parts: Mapping[str, Sequence[str]], *, translate: bool = False) -> Asked:
    """The form with these values of each part; `translate` for a translation. Raises FieldError."""
    lists = {name.removesuffix("[]"): [*values] for name, values in parts.items()}
    texts = {name: values[-1].strip() for name, values in lists.items() if values}
    _number(texts, "temperature", 0, 1)
    hints, prompt = read_prompt(texts.get("prompt", ""))
    granularities = _granularities(lists.get("timestamp_granularities", []))
    names = lists.get("known_speaker_names", [])
    return Asked(
        model=texts.get("model", ""),
        language="" if translate else _language(texts, lists.get("languages", [])),
        format=_choice("response_format", texts.get("response_format") or "json", FORMATS),
        stream=_yes("stream", texts.get("stream", "")),
        with_words="word" in granularities,
        with_segments=not granularities or "segment" in granularities,
        with_logprobs="logprobs" in lists.get("include", []),
        keywords=_keywords(lists.get("keywords", [])),
        hints=hints,
        prompt=prompt,
        endpointing=_endpointing(texts),
        speaker=names[0].strip() if len(names) == 1 else "",
        translate=translate,
    )


def read_prompt(prompt: str) -> tuple[tuple[str, ...], str]:
    """The words to expect that a prompt lists; or, if it is no list, nothing and the text itself."""
    text = prompt.strip()
    entries = [each.strip() for each in re.split(r"[,;\n、，]", text) if each.strip()]
    is_list = all(len(each.split()) <= _MOST_WORDS and len(each) <= LONGEST_KEYWORD for each in entries)
    if is_list and (len(entries) > 1 or not text.endswith((".", "!", "?"))):
        return tuple(entries[:MOST_KEYWORDS]), ""
    return (), text[-_MOST_PROMPT:].replace(_MODEL_MARK, "<")


def language_code(text: str, param: str = "language") -> str:
    """The code of `LANGUAGES` for a tag such as en or pt-BR, empty for an empty one. Raises FieldError."""
    code = code_of_tag(text)
    if code and code not in LANGUAGES:
        raise FieldError(param, _LANGUAGE, language=text[:20])
    return code


def _language(texts: Mapping[str, str], several: Sequence[str]) -> str:
    codes = {language_code(each, "languages") for each in several if each.strip()}
    chosen = language_code(texts.get("language", ""))
    # Of several one is detected, as if none were named.
    return chosen or (codes.pop() if len(codes) == 1 else "")


def _granularities(given: Sequence[str]) -> set[str]:
    return {_choice("timestamp_granularities", each.strip(), ("word", "segment")) for each in given}


def _keywords(given: Sequence[str]) -> tuple[str, ...]:
    words = tuple(each.strip() for each in given)
    if len(words) > MOST_KEYWORDS or not all(0 < len(each) <= LONGEST_KEYWORD for each in words):
        raise FieldError("keywords", _KEYWORDS, count=MOST_KEYWORDS, length=LONGEST_KEYWORD)
    return words


def _endpointing(texts: Mapping[str, str]) -> Endpointing:
    """From `auto`, an object as JSON, or its fields as parts of their own; values beyond our bounds are moved there."""
    name = "chunking_strategy"
    fields = {key[len(name) + 1 : -1]: text for key, text in texts.items() if key.startswith(f"{name}[")}
    whole = texts.get(name, "")
    if whole not in ("", "auto"):
        with suppress(ValueError):
            found = decoded(whole)
            if isinstance(found, dict):
                fields = {key: str(value) for key, value in found.items() if value is not None}
        if not fields:
            raise FieldError(name, _STRATEGY)
    if fields.get("type", "auto") not in ("auto", "server_vad"):
        raise FieldError(name, _STRATEGY)
    threshold = _number(fields, "threshold", 0, 1, name)
    prefix_ms = _number(fields, "prefix_padding_ms", 0, 1e6, name)
    silence_ms = _number(fields, "silence_duration_ms", 0, 1e6, name)
    return Endpointing(
        None if threshold is None else min(max(threshold, LEAST_THRESHOLD), MOST_THRESHOLD),
        None if prefix_ms is None else min(round(prefix_ms), MOST_PREFIX_MS),
        None if silence_ms is None else min(max(round(silence_ms), LEAST_SILENCE_MS), MOST_SILENCE_MS),
    )


def _number(texts: Mapping[str, str], name: str, least: float, most: float, param: str = "") -> float | None:
    text = texts.get(name, "")
    if not text:
        return None
    with suppress(ValueError):
        if least <= (number := float(text)) <= most:
            return number
    raise FieldError(param or name, _NUMBER, name=name, least=f"{least:g}", most=f"{most:g}")


def _choice(name: str, text: str, choices: Sequence[str]) -> str:
    if text not in choices:
        raise FieldError(name, _CHOICE, name=name, choices=", ".join(choices))
    return text


def _yes(name: str, text: str) -> bool:
    _choice(name, text.lower(), (*_YES, *_NO))
    return text.lower() in _YES
