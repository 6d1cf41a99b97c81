"""The files of an archive, in the order in which they are written."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ...core.filename import filename
from ...models import Recording, Session, Summary, User, Utterance
from ...recordings.reading import FileMissingError, read
from ...transcripts.export import encode
from ...transcripts.stored import transcript_of
from .account import account

_ROWS_AT_ONCE = 200
_README = gettext_noop(
    """\
All your data in WhisperStream, as of %(day)s.

account.json       your account and its settings
dictations/        a folder for each dictation, the newest first:
  about.json         title, tags, language, date, length, share links, summary
  transcript.json    every sentence with word timings, headings and notes
  transcript.txt     the same as plain text
  versions.json      the version history of the sentences that were changed
  sound.opus         the recording, if it was saved

What was under “Recently deleted” is not included.
The files are UTF-8. Times are in milliseconds from the start of the dictation.
"""
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive; `is_packed` if its contents are compressed already."""

    name: str
    chunks: Iterable[bytes]
    is_packed: bool = False


def of_account(user: User) -> Iterator[Member]:
    text = _(_README) % {"day": timezone.localdate().isoformat()}
    yield Member("README.txt", [text.encode()])
    yield Member("account.json", [_json(account(user))])


def of_session(session: Session) -> Iterator[Member]:
    """Yields the files of a session; rows and sound are read only when their chunks are fetched."""
    folder = _folder(session)
    recording = Recording.objects.kept().filter(session=session).first()
    sound, missing = _sound(recording) if recording else (None, False)
    yield Member(f"{folder}/about.json", [_json(_about(session, sound_is_missing=missing))])
    yield Member(f"{folder}/transcript.json", encode("json", transcript_of(session)))
    yield Member(f"{folder}/transcript.txt", encode("txt", transcript_of(session, with_words=False)))
    if Utterance.history.filter(session=session).exists():
        yield Member(f"{folder}/versions.json", _versions(session))
    if sound is not None:
        yield Member(f"{folder}/sound.opus", sound, is_packed=True)


def _folder(session: Session) -> str:
    """The folder of a session, unique because part of its id is in the name."""
    day = timezone.localtime(session.created_at).date()
    name = filename(session.title, "", day, "x").removesuffix(".x")
    return f"dictations/{name}-{str(session.pk)[:8]}"


def _about(session: Session, *, sound_is_missing: bool) -> dict[str, Any]:
    about: dict[str, Any] = {
        "id": str(session.pk),
        "title": session.title,
        "tags": [tag.name for tag in session.tags.order_by("name")],
        "source": session.source,
        "recognised_by": session.written_by,
        "language_asked_for": session.language,
        "language": session.heard_language,
        "created_at": timezone.localtime(session.created_at).isoformat(),
        "ended_at": _moment(session.ended_at),
        "length_ms": session.clock_now(timezone.now()),
        "words": session.word_count,
        "corrections": session.corrections,
        "favourite": session.favourite,
        "vocabulary": session.vocabulary,
        "pause_ms": session.silence_ms,
        "prefix_ms": session.prefix_ms,
        "voice_threshold": session.threshold,
        "translate": session.translate,
        "cleaning": session.cleaning,
        "keep_sound": session.keep_sound,
        "captions_sent_to": [
            {"service": output.kind, "host": output.host, "last_words_at": _moment(output.sent_at)}
            for output in session.outputs.order_by("pk")
        ],
        "share_links": [
            {
                "created_at": _moment(share.created_at),
                "revoked_at": _moment(share.revoked_at),
                "shows_words_while_spoken": share.partials,
                "may_be_embedded_by": share.frame_ancestors.split(),
            }
            for share in session.shares.order_by("pk")
        ],
    }
    if summary := Summary.objects.filter(session=session).first():
        about["summary"] = {
            "text": summary.text,
            "instructions": summary.prompt,
            "model": summary.model,
            "host": summary.host,
            "made_at": _moment(summary.made_at),
        }
    return {**about, "sound_is_missing": True} if sound_is_missing else about


def _moment(at: datetime | None) -> str | None:
    return timezone.localtime(at).isoformat() if at else None


def _sound(recording: Recording) -> tuple[Iterator[bytes] | None, bool]:
    """The recording in chunks, or None; and whether its file is missing though it should exist."""
    try:
        return (read(recording, 0, recording.size - 1), False) if recording.size else (None, False)
    except FileMissingError:
        return None, True


def _versions(session: Session) -> Iterator[bytes]:
    rows = Utterance.history.filter(session=session).order_by("id", "version")
    seqs = dict(session.utterances.values_list("pk", "seq"))
    yield b'{"version": 1, "versions": ['
    separator = "\n"
    for row in rows.iterator(_ROWS_AT_ONCE):
        entry = {
            "utterance": seqs.get(row.id),
            "version": row.version,
            "kind": row.kind,
            "at": timezone.localtime(row.history_date).isoformat(),
            "by_you": row.history_user_id == session.user_id,
            "start_ms": row.start_ms,
            "end_ms": row.end_ms,
            "text": row.text,
            "words": row.words,
            "speaker": row.speaker,
        }
        yield (separator + json.dumps(entry, ensure_ascii=False)).encode("utf-8", "replace")
        separator = ",\n"
    yield b"\n]}\n"


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
