"""The answer to `POST /v1/listen`: all that was heard in a file."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...core.language_codes import language_tag
from ...speech.passage import Passage
from ..joining import text_of
from . import answers
from .answers import Message
from .asking import Ask
from .replacing import Heard, replaced, written

_NOT_TOLD_APART = "Voices were not told apart: this server cannot, or not in this file."
# Two sentences with a longer pause between are in two paragraphs.
_PARAGRAPH_MS = 2_000


@dataclass(frozen=True, slots=True)
class Sentence:
    """A passage, as the client wants it written."""

    text: str
    words: tuple[Heard, ...]
    start_ms: int
    end_ms: int
    confidence: float
    language: str
    speaker: int | None = None
    """Whose it is, from 0; None where voices were not told apart."""

    @classmethod
    def of(cls, passage: Passage, ask: Ask) -> "Sentence":
        heard = [Heard(each.text, each.start_ms, each.end_ms, each.probability) for each in passage.words]
        words = replaced(heard, ask.replacements)
        return cls(
            written(words) if ask.replacements and heard else passage.text,
            tuple(words),
            passage.start_ms,
            passage.end_ms,
            passage.confidence or 0.0,
            passage.language,
            passage.speaker - 1 if ask.diarize and passage.speaker else None,
        )

    @property
    def speakers(self) -> list[int | None]:
        return [self.speaker] * len(self.words)

    @property
    def whose(self) -> Message:
        return {} if self.speaker is None else {"speaker": self.speaker}


def answer(ask: Ask, passages: Iterable[Passage], metadata: Message) -> Message:
    """The whole answer, with the passages in their order; `metadata` is that of `answers`."""
    sentences = [Sentence.of(passage, ask) for passage in passages]
    languages = _languages(sentences)
    said = answers.alternative(
        [word for sentence in sentences for word in sentence.words],
        text=text_of(each.text for each in sentences),
        confidence=_confidence(sentences),
        speakers=[each for sentence in sentences for each in sentence.speakers],
    )
    channel: Message = {"alternatives": [said]}
    if not ask.language and languages:
        said["languages"] = [language_tag(each) for each in languages]
        channel["detected_language"] = said["languages"][0]
    if ask.paragraphs:
        said["paragraphs"] = _paragraphs(sentences)
    results: Message = {"channels": [channel]}
    if ask.utterances:
        results["utterances"] = [
            _utterance(sentence, f"{metadata['request_id']}-{number}")
            for number, sentence in enumerate(sentences, 1)
        ]
    if ask.diarize and sentences and all(each.speaker is None for each in sentences):
        metadata = {**metadata, "warnings": [answers.warning("diarize", _NOT_TOLD_APART)]}
    return {"metadata": metadata, "results": results}


def _utterance(sentence: Sentence, name: str) -> Message:
    said = answers.alternative(
        sentence.words, text=sentence.text, confidence=sentence.confidence, speakers=sentence.speakers
    )
    return {
        "start": answers.seconds(sentence.start_ms),
        "end": answers.seconds(sentence.end_ms),
        "channel": 0,
        "id": name,
        **said,
        **sentence.whose,
    }


def _paragraphs(sentences: Sequence[Sentence]) -> Message:
    paragraphs = [_paragraph(each) for each in _divided(sentences)]
    texts = [
        _begin(paragraph) + " ".join(each["text"] for each in paragraph["sentences"])
        for paragraph in paragraphs
    ]
    # Where speakers are named, Deepgram begins with a line break and ends with one.
    edge = "\n" if any("speaker" in each for each in paragraphs) else ""
    return {"transcript": edge + "\n\n".join(texts) + edge, "paragraphs": paragraphs}


def _begin(paragraph: Message) -> str:
    return f"Speaker {paragraph['speaker']}: " if "speaker" in paragraph else ""


def _paragraph(sentences: Sequence[Sentence]) -> Message:
    return {
        "sentences": [
            {
                "text": each.text,
                "start": answers.seconds(each.start_ms),
                "end": answers.seconds(each.end_ms),
            }
            for each in sentences
        ],
        **sentences[0].whose,
        "num_words": sum(len(each.words) for each in sentences),
        "start": answers.seconds(sentences[0].start_ms),
        "end": answers.seconds(sentences[-1].end_ms),
    }


def _divided(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    paragraphs: list[list[Sentence]] = []
    for sentence in sentences:
        before = paragraphs[-1][-1] if paragraphs else None
        if (
            before is None
            or sentence.start_ms - before.end_ms >= _PARAGRAPH_MS
            or sentence.speaker != before.speaker
        ):
            paragraphs.append([])
        paragraphs[-1].append(sentence)
    return paragraphs


def _confidence(sentences: Sequence[Sentence]) -> float:
    """The mean of the words, of which each counts the same."""
    count = sum(len(each.words) for each in sentences)
    return sum(each.confidence * len(each.words) for each in sentences) / count if count else 0.0


def _languages(sentences: Sequence[Sentence]) -> list[str]:
    """The languages that were heard, the one with the most words first."""
    counts: Counter[str] = Counter()
    for sentence in sentences:
        if sentence.language:
            counts[sentence.language] += len(sentence.words)
    return [language for language, _count in counts.most_common()]
