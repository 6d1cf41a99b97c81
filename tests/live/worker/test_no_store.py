import asyncio
import uuid

from captions.live.worker.no_store import NoStore
from captions.speech.types import Word
from captions.transcripts.final_writer import FinalRecord


def record(text: str) -> FinalRecord:
    words = (Word(0, 500, text, 0.9),)
    return FinalRecord(
        session_id=uuid.uuid4(),
        key=uuid.uuid4(),
        start_ms=0,
        end_ms=500,
        text=text,
        words=words,
        confidence=0.9,
        language="en",
        settled_ms=500,
    )


async def test_finals_are_numbered_and_told_once_their_caller_is_done() -> None:
    told: list[tuple[str, int]] = []
    store = NoStore(lambda record, seq: told.append((record.text, seq)))
    store.submit(record("One."))
    store.submit(record("Two."))
    assert told == []
    await asyncio.sleep(0)
    assert told == [("One.", 1), ("Two.", 2)]
