"""What a second pass has heard, as it would be saved: with the spoken commands obeyed and the replacements made."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from ..commands.spoken import added, commands
from ..models import NOT_BY_HAND, ChangeKind, Session, Utterance
from ..speech.passage import Passage
from ..speech.types import TimeRange, Word
from ..transcripts.changes import State
from ..transcripts.final_writer import FinalRecord
from ..transcripts.realign import in_text, realigned
from ..transcripts.replacing import as_set


def as_written(
    session: Session, heard: Sequence[Passage], *, shared: bool, without_deleted: bool
) -> list[tuple[Passage, bool]]:
    """The passages of one source, each with whether its text is another than was heard.

    What a speaker has taken back stays away, and so do the words with which that was commanded; `without_deleted`, what
    a person has deleted by hand does as well.
    """
    taken_back = [
        TimeRange(row.start_ms, row.end_ms)
        for row in session.utterances.filter(text="", shared=shared, version__gt=1)
        if _is_taken_back(row) or (without_deleted and _is_deleted(row))
    ]
    passages = [left for passage in heard if (left := _left(passage, taken_back)) is not None]
    if session.wants_commands:
        passages = _obeyed(passages)
    as_heard = {id(passage) for passage in heard}
    return [_as_set(session, passage, is_other=id(passage) not in as_heard) for passage in passages]


def _is_taken_back(row: Utterance) -> bool:
    """Whether a spoken command has left nothing, but for one that only had marks for the sentence before."""
    versions = list(row.history.order_by("version"))
    spoken = commands([Word(**word) for word in versions[0].words], row.language)
    is_of_marks = spoken is not None and spoken.action is None and not spoken.text
    kind = versions[-1].kind
    return kind == ChangeKind.ACTION or (kind == ChangeKind.COMMAND and not is_of_marks)


def _is_deleted(row: Utterance) -> bool:
    return row.history.latest("version").kind not in NOT_BY_HAND


def _left(passage: Passage, taken_back: Sequence[TimeRange]) -> Passage | None:
    """The passage without the words in these time ranges; None if none is left."""
    if not taken_back:
        return passage
    words = [word for word in passage.words if not _is_in(word, taken_back)]
    if len(words) == len(passage.words):
        return passage
    return passage.with_words(words) if words else None


def _is_in(word: Word, ranges: Sequence[TimeRange]) -> bool:
    middle = (word.start_ms + word.end_ms) // 2
    return any(each.start_ms <= middle < each.end_ms for each in ranges)


def _obeyed(passages: Sequence[Passage]) -> list[Passage]:
    """The passages with marks and line breaks as they were commanded; nothing is taken back a second time."""
    found: list[Passage] = []
    for passage in passages:
        before = found[-1] if found and found[-1].text.strip() else None
        spoken = (
            None
            if passage.shared
            else commands(passage.words, passage.language, follows=before is not None, acts=False)
        )
        if spoken is None:
            found.append(passage)
            continue
        if spoken.before and before is not None:
            found[-1] = _with_text(before, added(before.text, spoken.before))
        if spoken.text:
            found.append(_with_text(passage, spoken.text))
    return found


def _with_text(passage: Passage, text: str) -> Passage:
    text = in_text(text)
    words = realigned(text, passage.words, passage.start_ms, passage.end_ms)
    return replace(passage, text=text, words=words)


def _as_set(session: Session, passage: Passage, *, is_other: bool) -> tuple[Passage, bool]:
    record = FinalRecord.of(session.pk, passage).storable()
    words = [asdict(word) for word in record.words]
    state = State(record.text, words, record.start_ms, record.end_ms, record.confidence, False)
    other = as_set(state, session.user.written_instead) or state
    passage = replace(
        passage, end_ms=record.end_ms, text=other.text, words=other.spoken(), language=record.language
    )
    return passage, is_other or other is not state
