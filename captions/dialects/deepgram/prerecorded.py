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
        )


def answer(ask: Ask, passages: Iterable[Passage], metadata: Message) -> Message:
    """The whole answer, with the passages in their order; `metadata` is that of `answers`."""
    sentences = [Sentence.of(passage, ask) for passage in passages]
    languages = _languages(sentences)
    said = answers.alternative(
        [word for sentence in sentences for word in sentence.words],
        text=text_of(each.text for each in sentences),
        confidence=_confidence(sentences),
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
    return {"metadata": metadata, "results": results}


def _utterance(sentence: Sentence, name: str) -> Message:
    said = answers.alternative(sentence.words, text=sentence.text, confidence=sentence.confidence)
    return {
        "start": answers.seconds(sentence.start_ms),
        "end": answers.seconds(sentence.end_ms),
        "channel": 0,
        "id": name,
        **said,
    }


def _paragraphs(sentences: Sequence[Sentence]) -> Message:
    paragraphs = [_paragraph(each) for each in _divided(sentences)]
    texts = [" ".join(each["text"] for each in paragraph["sentences"]) for paragraph in paragraphs]
    return {"transcript": "\n\n".join(texts), "paragraphs": paragraphs}


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
        "num_words": sum(len(each.words) for each in sentences),
        "start": answers.seconds(sentences[0].start_ms),
        "end": answers.seconds(sentences[-1].end_ms),
    }


def _divided(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    paragraphs: list[list[Sentence]] = []
    for sentence in sentences:
        if not paragraphs or sentence.start_ms - paragraphs[-1][-1].end_ms >= _PARAGRAPH_MS:
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
