"""Reconciles finals from the spool of a dead worker with utterances recovered from the sound meanwhile."""

from collections.abc import Iterable

from ...models import Session, TranscriptGap, Utterance
from ...speech.gaps import without
from .records import FinalRecord


class GapReconciliation:
    """The gaps of some sessions, whose rows the caller has locked. Finals of a live session lie in none of them.

    The first to save wins: a late final shortens or closes a gap that is still pending, and a final that lies in a
    recovered gap is not saved again.
    """

    def __init__(self, sessions: Iterable[Session]) -> None:
        locked = {session.pk: session.has_shared for session in sessions}
        self._of_two = {pk for pk, has_shared in locked.items() if has_shared}
        self._gaps = list(TranscriptGap.objects.filter(session__in=locked).order_by("pk"))

    def is_recovered(self, record: FinalRecord) -> bool:
        """Whether a recovered utterance already covers the middle of this final."""
        if record.settled_ms is None:
            return False
        middle = (record.start_ms + record.end_ms) // 2
        if not any(
            row.utterances and row.session_id == record.session_id and row.start_ms <= middle < row.end_ms
            for row in self._gaps
        ):
            return False
        there = Utterance.objects.filter(session=record.session_id, shared=record.shared)
        return there.filter(start_ms__lte=middle, end_ms__gt=middle).exists()

    def saved(self, record: FinalRecord) -> None:
        """Shortens or closes the gap that a final fills; called when the final is saved."""
        if record.settled_ms is None:
            return
        for row in self._gaps:
            # Of delivered sound, what is saved is left out when its words are.
            if row.session_id != record.session_id or not row.is_pending or row.delivery is not None:
                continue
            if row.undecoded and row.session_id in self._of_two:
                # The other source has said something meanwhile.
                continue
            left = without(row.time_range, record.start_ms, record.end_ms, record.settled_ms)
            if left is None:
                row.close()
            elif left != row.time_range:
                row.start_ms = left.start_ms
                row.save(update_fields=["start_ms"])
