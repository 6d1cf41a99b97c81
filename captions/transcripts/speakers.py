"""Who speaks in a transcript: its two sources, its voices where they were told apart, and what they are called."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal
from django.utils.translation import gettext, pgettext

from ..core.errors import RefusedError
from ..core.invisible import without_invisible
from ..models import LONGEST_SPEAKER_NAME, Session, SpeakerName
from ..speech.speakers import Key, Speakers

speakers_named = Signal()
"""Sent after the commit when those who speak in a session (the sender) are called otherwise."""


class SpeakerNameError(RefusedError):
    """A name is refused. The message is a translated sentence for the user."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who speaks in a transcript; `name` is empty while they are called as `usual`."""

    shared: bool
    number: int
    name: str
    usual: str

    @property
    def called(self) -> str:
        return self.name or self.usual

    @property
    def field(self) -> str:
        """The name of their field in a form."""
        return f"{'shared' if self.shared else 'speaker'}-{self.number}"


def usual_speakers(named: Mapping[Key, str] | None = None, *, by_device: bool = False) -> Speakers:
    """Names in the language of the interface, beside those that were given.

    `by_device` says that the second source is a second device.
    """
    second = (
        pgettext("source of sound", "Phone") if by_device else pgettext("source of sound", "Shared sound")
    )
    return Speakers(
        (pgettext("source of sound", "Microphone"), second), gettext("Speaker %(number)s"), named or {}
    )


def speakers_of(session: Session) -> Speakers | None:
    """What those who speak in a session are called; None where nobody needs to be told apart."""
    return _named(session) if session.tells_speakers else None


def _named(session: Session) -> Speakers:
    rows = session.speaker_names.values_list("shared", "number", "name")
    named = {(shared, number): name for shared, number, name in rows}
    speakers = usual_speakers(named, by_device=session.has_device_apart)
    if session.has_shared or session.utterances.filter(speaker=1).exists():
        return speakers
    # Somebody was set apart by hand from whoever was heard alone.
    return replace(speakers, sources=(speakers.usual(False, 1), speakers.sources[1]))


def listed(session: Session) -> list[Speaker]:
    """Everybody who says something in a transcript, and both sources where there are two."""
    speakers = speakers_of(session)
    if speakers is None:
        return []
    found = _speaking(session)
    if session.has_shared and not session.voices:
        found |= {(False, 0), (True, 0)}
    return [
        Speaker(shared, number, speakers.named.get((shared, number), ""), speakers.usual(shared, number))
        for shared, number in sorted(found)
    ]


def described(session: Session) -> list[dict[str, Any]]:
    """Everybody to whom a sentence can be given, for a page: whoever is listed, or the only one."""
    speakers = _named(session)
    found = {(each.shared, each.number) for each in listed(session)} or _speaking(session)
    return [
        {"shared": shared, "number": number, "name": speakers.name(shared, number)}
        for shared, number in sorted(found)
    ]


def _speaking(session: Session) -> set[Key]:
    return set(session.utterances.with_text().order_by().values_list("shared", "speaker"))


@transaction.atomic
def name(session: Session, names: Mapping[Key, str]) -> None:
    """Calls those who speak so in the whole transcript; an empty name is taken away. Raises SpeakerNameError.

    Neither sentences nor their versions change.
    """
    Session.objects.select_for_update().filter(pk=session.pk).first()
    known = {(each.shared, each.number) for each in listed(session)}
    transaction.on_commit(partial(speakers_named.send_robust, session))
    for key, given in names.items():
        if key not in known:
            raise SpeakerNameError(gettext("Nobody with this number speaks in this transcript."))
        called = " ".join(without_invisible(" ".join(given.split())).split())
        if len(called) > LONGEST_SPEAKER_NAME:
            raise SpeakerNameError(
                gettext("A name can have at most %(most)s characters.") % {"most": LONGEST_SPEAKER_NAME}
            )
        row = SpeakerName.objects.filter(session=session, shared=key[0], number=key[1])
        if not called:
            row.delete()
        elif not row.update(name=called):
            SpeakerName.objects.create(
                session=session, shared=key[0], number=key[1], name=called, owner=session.user_id
            )
