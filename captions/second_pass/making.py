"""Makes the items of a proposal from the passages of a second pass and the current transcript."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..models import NOT_BY_HAND, ChangeKind, Proposal, ProposalItem, Utterance
from ..speech.passage import Passage
from ..speech.types import Word
from ..transcripts.changes import State
from .as_written import as_written
from .comparing import RowChange, Standing, compare
from .rewriting import rewritten


def items_of(proposal: Proposal, heard: Sequence[Passage]) -> list[ProposalItem]:
    """Unsaved items for the differences between the passages, with the owner's replacements made, and the transcript.

    An automatic proposal has only items of utterances that no person has edited, and brings back none that was deleted.
    """
    rows = list(proposal.session.utterances.with_text().in_time())
    items: list[ProposalItem] = []
    # Each source apart: what one says at the same time as the other is not a difference.
    for shared in (False, True):
        items += _items_of_source(
            proposal,
            shared,
            [row for row in rows if row.shared == shared],
            [passage for passage in heard if passage.shared == shared],
        )
    items.sort(key=lambda item: item.start_ms)
    for number, item in enumerate(items, 1):
        item.number = number
    return items


def _items_of_source(
    proposal: Proposal, shared: bool, rows: Sequence[Utterance], heard: Sequence[Passage]
) -> list[ProposalItem]:
    """The items, not numbered yet, of one source; its utterances and its passages are in the order of time."""
    session = proposal.session
    written = as_written(session, heard, shared=shared, without_deleted=proposal.automatic)
    passages = [passage for passage, _ in written]
    if proposal.automatic:
        touched = _touched(rows)
        standing = [_standing(row, None) for row in rows]
        differences = rewritten(standing, passages, {at for at, row in enumerate(rows) if row.pk in touched})
    else:
        by_hand = _corrected_by_hand(rows)
        differences = compare([_standing(row, by_hand.get(row.pk)) for row in rows], passages)
    replaced = {number for number, (_, is_other) in enumerate(written) if is_other}
    return [
        ProposalItem(
            proposal=proposal,
            start_ms=min(part.start_ms for part in parts),
            end_ms=max(part.end_ms for part in parts),
            parts=[
                _stored(
                    part,
                    rows,
                    corrected=part.keeps or bool(replaced & set(part.passages)),
                    shared=any(passages[number].shared for number in part.passages),
                )
                for part in parts
            ],
            corrected=any(part.overwrites or _unsays(part, rows) for part in parts),
        )
        for parts in differences
    ]


def _unsays(part: RowChange, rows: Sequence[Utterance]) -> bool:
    """Whether words of a sentence go to another one although a person has said who speaks in it."""
    return part.of is not None and not part.text and rows[part.of].speaker_set


def _standing(row: Utterance, heard: str | None) -> Standing:
    words = tuple(Word(**word) for word in row.words)
    return Standing(row.start_ms, row.end_ms, row.text, words, heard is not None, heard or "")


def _corrected_by_hand(rows: Sequence[Utterance]) -> dict[int, str]:
    """The utterances whose current text a person has written: primary key to the text before that."""
    versions: dict[int, list[Any]] = defaultdict(list)
    changed = [row.pk for row in rows if row.corrected]
    for record in Utterance.history.filter(id__in=changed).order_by("version").defer("words"):
        versions[record.id].append(record)
    return {
        pk: next((record.text for record in reversed(records) if record.kind in NOT_BY_HAND), "")
        for pk, records in versions.items()
        if _wrote(records).kind not in NOT_BY_HAND
    }


def _touched(rows: Sequence[Utterance]) -> set[int]:
    """The primary keys of the utterances that a person has ever edited, even if that was undone."""
    changed = [row.pk for row in rows if row.version > 1]
    by_hand = Utterance.history.filter(id__in=changed).exclude(kind__in=NOT_BY_HAND)
    return set(by_hand.values_list("id", flat=True))


def _stands(records: Sequence[Any]) -> Any:
    """The version whose state the utterance has now: after an undo, the restored one."""
    last = records[-1]
    if last.stands_for is None:
        return last
    return next((record for record in records if record.version == last.stands_for), last)


def _wrote(records: Sequence[Any]) -> Any:
    """The version that has given the utterance its text: the standing one, unless that gave it to another speaker."""
    stands = _stands(records)
    earlier = [record for record in records if record.version < stands.version]
    return _wrote(earlier) if stands.kind == ChangeKind.SPEAKER and earlier else stands


def _stored(part: RowChange, rows: Sequence[Utterance], *, corrected: bool, shared: bool) -> dict[str, Any]:
    row = None if part.of is None else rows[part.of]
    empty = State("", [], part.start_ms, part.end_ms, None, False)
    after = empty.with_words(part.words, text=part.text, corrected=corrected) if part.text else empty
    return {
        "utterance": row and row.pk,
        "seq": row and row.seq,
        "version": row and row.version,
        "before": row and row.text,
        "after": asdict(after),
        "language": part.language,
        "shared": shared,
    }
