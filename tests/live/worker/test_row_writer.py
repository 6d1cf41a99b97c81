import asyncio
import uuid
from typing import Any

import pytest
from prometheus_client import REGISTRY

from captions.live.worker.row_writer import RowWriter
from captions.speech.live_events import Row
from captions.speech.types import TimeRange, Word
from captions.transcripts.final_writer import FinalRecord, WriterFullError

SESSION = uuid.uuid4()
ROW = Row(uuid.uuid4(), (Word(100, 400, " We", 0.9), Word(400, 900, " meet.", 0.7)), "en", 950)


class Desk:
    """A writer, what it told, and what it handed over."""

    def __init__(self, *, keeps_sound: bool = False) -> None:
        self.told: list[dict[str, Any]] = []
        self.records: list[FinalRecord] = []
        self.full = False
        self.writer = RowWriter(
            str(SESSION), last_seq=3, publish=self.told.append, save=self.save, keeps_sound=keeps_sound
        )

    def save(self, record: FinalRecord) -> None:
        if self.full:
            raise WriterFullError
        self.records.append(record)


def drops() -> float:
    return REGISTRY.get_sample_value("whisperstream_drops_total", {"what": "utterance"}) or 0.0


async def test_a_row_becomes_a_record() -> None:
    desk = Desk()
    desk.writer.write(ROW)
    [record] = desk.records
    assert (record.session_id, record.key) == (SESSION, ROW.key)
    assert (record.start_ms, record.end_ms, record.settled_ms) == (100, 900, 950)
    assert (record.text, record.words, record.language) == ("We meet.", ROW.words, "en")
    assert record.confidence == pytest.approx(0.8)


async def test_a_row_of_no_time_is_a_moment_long() -> None:
    desk = Desk()
    desk.writer.write(Row(uuid.uuid4(), (Word(100, 100, " So", 0.9),), "en", 100))
    assert (desk.records[0].start_ms, desk.records[0].end_ms) == (100, 101)


async def test_it_is_told_once_it_is_saved() -> None:
    desk = Desk()
    desk.writer.write(ROW)
    saves = [desk.writer.saves]
    assert desk.told == []
    desk.writer.saved(desk.records[0], 4)
    assert [*saves, desk.writer.saves] == [True, False]
    assert desk.writer.last_seq == 4
    [final] = desk.told
    assert (final["type"], final["seq"], final["text"]) == ("final", 4, "We meet.")
    assert final["utterance"] == str(ROW.key)


async def test_whoever_waits_is_woken_when_all_are_saved() -> None:
    desk = Desk()
    await desk.writer.all_saved()
    other = Row(uuid.uuid4(), ROW.words, "en", 2_000)
    desk.writer.write(ROW)
    desk.writer.write(other)
    waiting = asyncio.create_task(desk.writer.all_saved())
    desk.writer.saved(desk.records[1], 5)
    await asyncio.sleep(0)
    assert not waiting.done()
    desk.writer.saved(desk.records[0], 4)
    async with asyncio.timeout(60):
        await waiting
    assert desk.writer.last_seq == 5


async def test_one_that_can_never_be_saved_leaves_the_page() -> None:
    desk = Desk(keeps_sound=True)
    desk.writer.write(ROW)
    desk.writer.refused(desk.records[0])
    assert not desk.writer.saves
    partial, error = desk.told
    assert (partial["utterance"], partial["stable"], partial["tentative"]) == (str(ROW.key), "", "")
    assert (error["code"], error["message"]) == (
        "not_transcribed",
        "The last sentence could not be transcribed. Say it again.",
    )
    assert desk.writer.take_undecoded() == ()


@pytest.mark.parametrize("keeps_sound", [False, True])
async def test_a_recorder_that_is_full_costs_the_row_but_not_its_sound(keeps_sound: bool) -> None:
    desk, before = Desk(keeps_sound=keeps_sound), drops()
    desk.full = True
    desk.writer.write(ROW)
    assert not desk.writer.saves
    async with asyncio.timeout(60):
        await desk.writer.all_saved()
    assert [each["type"] for each in desk.told] == ["partial", "error"]
    assert desk.writer.take_undecoded() == ((TimeRange(100, 900),) if keeps_sound else ())
    assert drops() == before + 1


async def test_what_was_not_decoded_is_left_to_whoever_reads_the_sound_once() -> None:
    desk = Desk(keeps_sound=True)
    desk.writer.lost(TimeRange(100, 900))
    desk.writer.lost(TimeRange(2_000, 2_400))
    assert [each["code"] for each in desk.told] == ["not_transcribed"] * 2
    assert desk.told[0]["message"].endswith("The server is trying again from the recording.")
    assert desk.writer.take_undecoded() == (TimeRange(100, 900), TimeRange(2_000, 2_400))
    assert desk.writer.take_undecoded() == ()
    desk.writer.keeps_sound = False
    desk.writer.lost(TimeRange(3_000, 3_400))
    assert desk.writer.take_undecoded() == ()
    assert desk.told[-1]["message"].endswith("Say it again.")
