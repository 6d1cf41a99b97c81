"""Plain text: what was said, one utterance a line."""

from collections.abc import Iterator

from .pieces import clean
from .transcript import Transcript


def render(transcript: Transcript) -> Iterator[str]:
    for passage in transcript.passages:
        text = clean(passage.text)
        if text:
            yield f"{text}\n"
