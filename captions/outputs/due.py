"""What has to be sent next: from an output and the saved utterances of its session to one cue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..models import CaptionOutput, Session, Utterance
from ..models.caption_output import LATEST
from ..speech.passage import Passage
from ..speech.types import Word
from ..transcripts.export.cues import cues
from ..transcripts.export.options import CueRules

_ROWS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class DueCue:
    """The next cue, and where the output stands once the service has taken it."""

    lines: tuple[str, ...]
    spoken_at: datetime
    language: str
    saved_at: datetime
    sent_seq: int
    sent_cues: int


@dataclass(frozen=True, slots=True)
class Due:
    """An output with what is due; `live` while its dictation has begun and not ended."""

    output: CaptionOutput
    cue: DueCue | None
    live: bool


def load(pk: int, rules: CueRules, now: datetime) -> Due | None:
    """What is due of an output; passes over what is empty or was said too long ago. None if the output is over."""
    output = CaptionOutput.objects.active(now).select_related("session").filter(pk=pk).first()
    if output is None:
        return None
    session = output.session
    live = session.ended_at is None and bool(session.gen or session.clock_at or session.clock_ms)
    while rows := list(session.utterances.after(output.sent_seq)[:_ROWS_AT_ONCE]):
        passed, cue = next_cue(output, session, rows, rules, now)
        if passed != (output.sent_seq, output.sent_cues):
            if not output.advance(sent_seq=passed[0], sent_cues=passed[1]):
                return load(pk, rules, now)
            output.sent_seq, output.sent_cues = passed
        if cue is not None:
            return Due(output, cue, live)
    return Due(output, None, live)


def next_cue(
    output: CaptionOutput, session: Session, rows: Iterable[Utterance], rules: CueRules, now: datetime
) -> tuple[tuple[int, int], DueCue | None]:
    """Up to where the rows after `sent_seq` need not be sent, as (seq, cues); and the cue after that, if any."""
    done = output.sent_seq, output.sent_cues
    for row in rows:
        parts = _parts(row, rules)
        at = spoken_at(session, row, parts[done[1]][0]) if done[1] < len(parts) else None
        if at is not None and now - at <= LATEST:
            _, lines = parts[done[1]]
            last = done[1] + 1 == len(parts)
            after = (row.seq, 0) if last else (done[0], done[1] + 1)
            language = row.language or session.spoken_language
            return done, DueCue(lines, at, language, row.created_at, *after)
        done = row.seq, 0
    return done, None


def _parts(row: Utterance, rules: CueRules) -> Sequence[tuple[int, tuple[str, ...]]]:
    """The cues of an utterance: the time at which each begins on the session's clock, and its lines."""
    words = tuple(
        Word(word["start_ms"], word["end_ms"], word["text"], word["probability"]) for word in row.words
    )
    passage = Passage(row.start_ms, row.end_ms, row.text, words, row.confidence, row.language)
    return [(cue.start_ms, cue.lines) for cue in cues([passage], rules)]


def spoken_at(session: Session, row: Utterance, at_ms: int) -> datetime:
    """When it was said what is at this time of the session's clock, never later than it was saved.

    While the clock stands, `row` counts as the last that was said before.
    """
    known_at = session.clock_at or row.created_at
    return min(known_at + timedelta(milliseconds=at_ms - session.clock_ms), row.created_at)
