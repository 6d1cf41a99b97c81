"""Writes who says which sentence of a transcript, once its recording was heard again."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import OuterRef, Subquery

from ..models import Session, SpeakerName, Utterance
from ..speech.turns import Turn, speakers_at
from ..speech.types import TimeRange

Turns = dict[bool, tuple[Turn, ...]]
"""Who speaks when, by source: whether that is the shared sound."""


def write(session: Session, turns: Mapping[bool, tuple[Turn, ...]]) -> None:
    """Numbers the voices of a locked session anew; names that voices had before go. Without turns nothing changes.

    Where a person has said who speaks, the sentence stays with that speaker, who keeps the name: it is the voice that
    now has the most of the speaker's other sentences, or else one more.
    """
    if not any(turns.values()):
        return
    rows = list(
        session.utterances.in_time().only("pk", "start_ms", "end_ms", "shared", "speaker", "speaker_set")
    )
    before = {row.pk: row.speaker for row in rows}
    voices = _hear(rows, turns)
    Utterance.objects.bulk_update(rows, ["speaker"], batch_size=500)
    # What a person has not said of a sentence, a change that is undone gives back as it is heard now.
    heard = Utterance.objects.filter(pk=OuterRef("id")).values("speaker")
    versions = Utterance.history.filter(session=session)
    versions.filter(speaker_set=False, speaker__isnull=False).update(speaker=Subquery(heard))
    voices = _keep_what_was_said(session, rows, before, voices)
    session.voices = voices
    session.save(update_fields=["voices"])


def _hear(rows: Sequence[Utterance], turns: Mapping[bool, tuple[Turn, ...]]) -> int:
    """Gives each row the voice that is heard in it; returns how many there are."""
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
    return voices


def _keep_what_was_said(
    session: Session, rows: Sequence[Utterance], before: Mapping[int, int], voices: int
) -> int:
    """Leaves the rows of which a person has said who speaks with that speaker; returns how many voices there are."""
    said = Utterance.history.filter(session=session, speaker_set=True)
    shared_of = {row.pk: row.shared for row in rows}
    wanted = {(row.shared, before[row.pk]) for row in rows if row.speaker_set}
    wanted |= {(shared_of[pk], number) for pk, number in said.values_list("id", "speaker") if pk in shared_of}
    found, voices = _found_again(wanted, [row for row in rows if not row.speaker_set], before, voices)
    names = dict(session.speaker_names.filter(number__gt=0).values_list("number", "name"))
    SpeakerName.objects.filter(session=session, number__gt=0).delete()
    for (shared, number), now in found.items():
        mine = [row for row in rows if row.speaker_set and (row.shared, before[row.pk]) == (shared, number)]
        for row in mine:
            row.speaker = now
        if mine and now and number in names:
            SpeakerName.objects.create(
                session=session, shared=shared, number=now, name=names[number], owner=session.user_id
            )
    Utterance.objects.bulk_update([row for row in rows if row.speaker_set], ["speaker"], batch_size=500)
    changed = list(said)
    for record in changed:
        key = (shared_of.get(record.id, False), record.speaker)
        record.speaker = found.get(key, record.speaker)
    Utterance.history.bulk_update(changed, ["speaker"], batch_size=500)
    return voices


def _found_again(
    wanted: Iterable[tuple[bool, int]], others: Sequence[Utterance], before: Mapping[int, int], voices: int
) -> tuple[dict[tuple[bool, int], int], int]:
    """The new numbers of speakers, each of one, and how many there are; `others` are rows as they are heard now."""
    counts: Counter[tuple[bool, int, int]] = Counter()
    for row in others:
        counts[row.shared, before[row.pk], row.speaker] += row.end_ms - row.start_ms
    left = set(wanted)
    found: dict[tuple[bool, int], int] = {}
    taken: set[tuple[bool, int]] = set()
    for (shared, number, now), _ in counts.most_common():
        if (shared, number) in left and (shared, now) not in taken:
            found[shared, number] = now
            taken.add((shared, now))
            left.remove((shared, number))
    for key in sorted(left):
        voices += 1
        found[key] = voices
    return found, voices
