"""What the query of `/v1/listen` asks for. See https://developers.deepgram.com/reference/speech-to-text/listen-streaming."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ...core.language_codes import code_of_tag
from ...core.translatable import gettext_noop
from ...protocol.endpointing import LEAST_SILENCE_MS, MOST_SILENCE_MS, Endpointing
from ..field_error import FieldError
from .replacing import Replacement

Encoding = Literal["s16", "f32", "mulaw", "alaw", "opus", "container"]
"""As `audio.pcm_stream` names them; `opus` is single packets, one a message; a `container` says what is in it."""

_ENCODINGS: dict[str, Encoding] = {
    "linear16": "s16",
    "linear32": "f32",
    "mulaw": "mulaw",
    "alaw": "alaw",
    "opus": "opus",
    "ogg-opus": "container",
    "flac": "container",
    "": "container",
}
_TELEPHONE_RATE = 8_000
_RATES = {"mulaw": _TELEPHONE_RATE, "alaw": _TELEPHONE_RATE, "opus": 48_000, "container": 16_000}
# Above that, a pause is none of a conversation.
_MOST_ENDPOINTING_MS = 3_000
_LEAST_UTTERANCE_END_MS = 1_000
_MOST = 10**6
_MOST_REPLACEMENTS = 100
_ANY = "multi"

_ENCODING = gettext_noop(
    "The encoding must be linear16, linear32, mulaw, alaw, opus, ogg-opus or flac; leave it out for sound in a "
    "container, such as WebM or WAV."
)
_RATE = gettext_noop("With this encoding, sample_rate must say the number of samples a second.")
_LANGUAGE = gettext_noop("The language must be a code such as en, or multi for any language.")
_UTTERANCE_END = gettext_noop("utterance_end_ms must be at least %(least)s.")
_TRUTH = gettext_noop("%(name)s must be true or false.")
_NUMBER = gettext_noop("%(name)s must be a whole number.")
_CALLBACK = gettext_noop("Transcripts are not sent to a callback: read them from the answer.")
_REDACT = gettext_noop("Nothing is redacted here: leave redact out, or remove what is private yourself.")
_MULTICHANNEL = gettext_noop("Channels are mixed here: leave multichannel out, or connect once for each.")
_REPLACE = gettext_noop("replace must be written find:put.")
_TOO_MANY = gettext_noop("replace may come %(most)s times at most.")

_TRUE, _FALSE = ("true", "1"), ("false", "0", "")


@dataclass(frozen=True, slots=True)
class Ask:
    """What a client asks for. What is in the query and not here changes nothing."""

    model: str = ""
    """What it calls the model; there is only one."""
    language: str = ""
    """Whisper's code; empty to detect the language."""
    encoding: Encoding = "container"
    rate: int = 16_000
    channels: int = 1
    endpointing: Endpointing = field(default_factory=Endpointing)
    interim_results: bool = False
    vad_events: bool = False
    utterance_end_ms: int | None = None
    terms: tuple[str, ...] = ()
    """Words to expect, as they were sent."""
    replacements: tuple[Replacement, ...] = ()
    utterances: bool = False
    paragraphs: bool = False
    diarize: bool = False
    """Whether the voices of a file are to be told apart; with any model for it, there is one."""


def ask(query: Iterable[tuple[str, str]], languages: Collection[str]) -> Ask:
    """Reads the query, in which a name may come several times; `languages` are the codes that are known.

    Raises FieldError.
    """
    values: dict[str, list[str]] = {}
    for name, value in query:
        values.setdefault(name.lower(), []).append(value.strip())
    fields = _Fields(values)
    _refuse_what_would_be_pretence(fields)
    encoding = _ENCODINGS.get(fields.text("encoding").lower())
    if encoding is None:
        raise FieldError("encoding", _ENCODING)
    utterance_end_ms = fields.number("utterance_end_ms")
    if utterance_end_ms is not None and utterance_end_ms < _LEAST_UTTERANCE_END_MS:
        raise FieldError("utterance_end_ms", _UTTERANCE_END, least=_LEAST_UTTERANCE_END_MS)
    return Ask(
        model=fields.text("model"),
        language=_language(fields, languages),
        encoding=encoding,
        rate=_rate(fields, encoding),
        channels=fields.number("channels") or 1,
        endpointing=Endpointing(silence_ms=_silence_ms(fields, utterance_end_ms)),
        interim_results=fields.truth("interim_results"),
        vad_events=fields.truth("vad_events"),
        utterance_end_ms=utterance_end_ms,
        terms=(*fields.all("keyterm"), *map(_without_boost, fields.all("keywords"))),
        replacements=_replacements(fields.all("replace")),
        utterances=fields.truth("utterances"),
        paragraphs=fields.truth("paragraphs"),
        diarize=fields.truth("diarize") or bool(fields.text("diarize_model")),
    )


class _Fields:
    """The values of a query by their names."""

    def __init__(self, values: dict[str, list[str]]) -> None:
        self._values = values

    def all(self, name: str) -> list[str]:
        return [value for value in self._values.get(name, []) if value]

    def text(self, name: str) -> str:
        return (self._values.get(name) or [""])[-1]

    def truth(self, name: str) -> bool:
        value = self.text(name).lower()
        if value not in (*_TRUE, *_FALSE):
            raise FieldError(name, _TRUTH, name=name)
        return value in _TRUE

    def number(self, name: str) -> int | None:
        value = self.text(name)
        if not value:
            return None
        if not (value.isascii() and value.isdecimal() and int(value[:10]) <= _MOST):
            raise FieldError(name, _NUMBER, name=name)
        return int(value)


def _refuse_what_would_be_pretence(fields: _Fields) -> None:
    if fields.text("callback"):
        raise FieldError("callback", _CALLBACK)
    if any(value.lower() not in _FALSE for value in fields.all("redact")):
        raise FieldError("redact", _REDACT)
    if fields.truth("multichannel") and (fields.number("channels") or 2) > 1:
        raise FieldError("multichannel", _MULTICHANNEL)


def _language(fields: _Fields, languages: Collection[str]) -> str:
    asked = fields.text("language")
    hints = fields.all("language_hint")
    if not asked and len(hints) == 1:
        asked = hints[0]
    code = code_of_tag(asked)
    if code in ("", _ANY) or fields.text("detect_language").lower() not in _FALSE:
        return ""
    if code not in languages:
        raise FieldError("language", _LANGUAGE)
    return code


def _rate(fields: _Fields, encoding: Encoding) -> int:
    rate = fields.number("sample_rate") or _RATES.get(encoding)
    if rate is None:
        raise FieldError("sample_rate", _RATE)
    return rate


def _silence_ms(fields: _Fields, utterance_end_ms: int | None) -> int | None:
    """The silence that ends an utterance; None leaves it to the account."""
    asked = fields.text("endpointing").lower()
    if asked in ("", "true"):
        return utterance_end_ms and min(utterance_end_ms, _MOST_ENDPOINTING_MS)
    if asked == "false":
        return MOST_SILENCE_MS
    return max(LEAST_SILENCE_MS, min(fields.number("endpointing") or 0, _MOST_ENDPOINTING_MS))


def _without_boost(keyword: str) -> str:
    """`word` of `word:2.5`."""
    word, _colon, boost = keyword.rpartition(":")
    return word if word and _is_number(boost) else keyword


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdecimal()


def _replacements(pairs: Sequence[str]) -> tuple[Replacement, ...]:
    if len(pairs) > _MOST_REPLACEMENTS:
        raise FieldError("replace", _TOO_MANY, most=_MOST_REPLACEMENTS)
    return tuple(map(_replacement, pairs))


def _replacement(pair: str) -> Replacement:
    """Of `find:put`; without `put`, what is found is left out."""
    find, _colon, put = pair.partition(":")
    if not find.split():
        raise FieldError("replace", _REPLACE)
    return Replacement(find, put.strip())
