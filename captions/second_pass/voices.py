"""Writes who says which sentence of a transcript, once its recording was heard again."""

from collections.abc import Mapping

from ..models import Session, SpeakerName, Utterance
from ..speech.turns import Turn, speakers_at
from ..speech.types import TimeRange

Turns = dict[bool, tuple[Turn, ...]]
"""Who speaks when, by source: whether that is the shared sound."""


def write(session: Session, turns: Mapping[bool, tuple[Turn, ...]]) -> None:
    """Numbers the voices of a locked session anew; names that voices had before go. Without turns nothing changes."""
    if not any(turns.values()):
        return
    rows = list(session.utterances.in_time().only("pk", "start_ms", "end_ms", "shared", "speaker"))
    voices = 0
    for shared, spoken in sorted(turns.items()):
        mine = [row for row in rows if row.shared == shared]
        if not spoken:
            numbers = [0] * len(mine)
        else:
            times = [TimeRange(row.start_ms, row.end_ms) for row in mine]
            numbers = speakers_at(times, spoken, after=voices)
        for row, number in zip(mine, numbers, strict=True):
            row.speaker = number
        voices = max(voices, *numbers, 0)
    Utterance.objects.bulk_update(rows, ["speaker"], batch_size=500)
    SpeakerName.objects.filter(session=session, number__gt=0).delete()
    session.voices = voices
    session.save(update_fields=["voices"])
