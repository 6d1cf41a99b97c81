"""What the dictation page shows, and the data of its script."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from ..audio.noise.kinds import is_installed
from ..core.languages import language_name
from ..core.vocabulary import LONGEST_WORD, MOST_WORDS
from ..models import LAST_LANGUAGE, Session, User
from ..protocol.availability import availability
from ..protocol.endpointing import LEAST_SILENCE, MOST_SILENCE, Endpointing
from ..protocol.registry import WorkerState
from ..transcripts import titles
from ..transcripts.changes import LONGEST_TEXT
from ..transcripts.reading import has_other_readers
from ..transcripts.rows import Row, Said
from ..web.choices import CLEANING_HELP, CLEANINGS, SENSITIVITIES, languages, only_language, translates
from ..web.requests import UserRequest
from . import continuing

# A placeholder in URLs: the page's script replaces it with the id of a session that it has just created.
_ANY_ID = uuid.UUID(int=0)


def context_of(
    request: UserRequest, session: Session | None, workers: Sequence[WorkerState]
) -> dict[str, Any]:
    """The context of its template, for a session or, without one, for a new dictation."""
    return {
        "session": session,
        "proposed": _proposed(session),
        "now": timezone.now(),
        "rows": map(Row, Said.of(session.utterances.all())) if session else [],
        "languages": languages(("", gettext("Detect language")), workers=workers)(),
        "language": session.language if session else request.user.usual_language,
        "language_note": _language_note(
            session.language if session else request.user.dictation_language, only_language(workers)
        ),
        "remembers_language": request.user.dictation_language == LAST_LANGUAGE,
        "sensitivities": [(settings.VAD_THRESHOLD, gettext("Normal")), *SENSITIVITIES.items()],
        "cleanings": CLEANINGS,
        "cleaning_help": CLEANING_HELP,
        "pause": _pause(request.user),
        "limits": {"text": LONGEST_TEXT},
        "page_data": {
            **_page_data(session, availability(workers).as_json()),
            "listening": _listening(request.user, session, workers),
            "sound": _sound(request.user, session),
        },
    }


def _language_note(chosen: str, only: str) -> str:
    """What to say of a chosen language that the speech model, which knows `only` one or several, does not know."""
    if not only or chosen in ("", LAST_LANGUAGE, only):
        return ""
    return gettext("You chose %(chosen)s, but the speech model of this server knows only %(only)s.") % {
        "chosen": language_name(chosen),
        "only": language_name(only),
    }


def _proposed(session: Session | None) -> str:
    """The title proposed for a session that has ended without one; a running one gets it when it ends."""
    return titles.proposed_for(session) if session and session.ended_at and not session.title else ""


def _page_data(session: Session | None, model: dict[str, Any]) -> dict[str, Any]:
    """The data of the page's script. `any_id` in a URL is to be replaced with the id of a session."""
    return {
        "session": _session_data(session) if session else None,
        "model": model,
        "any_id": str(_ANY_ID),
        "urls": {
            "page": reverse("dictation"),
            "create": reverse("history"),
            "continue": reverse("session-continue", args=[_ANY_ID]),
            "transcript": reverse("session", args=[_ANY_ID]),
            "captions": reverse("audience", args=[_ANY_ID]),
            "second_pass": reverse("second-pass", args=[_ANY_ID]),
            "rename": reverse("session-rename", args=[_ANY_ID]),
            "title": reverse("session-title", args=[_ANY_ID]),
            "socket": Session.socket_path(_ANY_ID),
            "status": reverse("status"),
            "trash": reverse("session-trash"),
        },
        # Loaded after Stop.
        "editor_style": static("css/transcript.css"),
        "silence_minutes": settings.LIMIT_SILENCE_SECONDS // 60,
        "session_hours": settings.LIMIT_SESSION_SECONDS / 3600,
    }


def _session_data(session: Session) -> dict[str, Any]:
    return {
        "id": str(session.pk),
        "state": session.state,
        "clock_ms": session.clock_ms,
        "is_silent": session.is_silent,
        "outages": session.outages,
        "recovering": session.gaps.pending().exists(),
        "can_continue": continuing.can_continue(session),
    }


def _listening(user: User, session: Session | None, workers: Sequence[WorkerState]) -> dict[str, Any]:
    """The listening `options` of the session, the words of the account, and the limits of both.

    `translate` is None where the speech model cannot, `cleaning` where its libraries are missing.
    """
    is_wanted = session.wants_translation if session else bool(user.translate)
    wanted = session.endpointing if session else Endpointing()
    return {
        "options": {
            "vocabulary": session.vocabulary if session else [],
            "commands": session.commands if session else None,
            "translate": is_wanted if translates(workers) else None,
            "cleaning": (session.cleaning if session else "") if is_installed() else None,
            "endpointing": asdict(wanted),
        },
        "account_words": user.vocabulary,
        "limits": {"words": MOST_WORDS, "length": LONGEST_WORD},
        "pause": {"least": LEAST_SILENCE, "most": MOST_SILENCE},
    }


def _sound(user: User, session: Session | None) -> dict[str, Any]:
    """Whether this session's sound is kept (`keep`), for how many days (0: the site keeps none), and whether somebody
    else may read and play it (`shared`).
    """
    return {
        "keep": session.keep_sound if session else user.keep_sound,
        "days": user.days_of_sound,
        "shared": has_other_readers(user),
    }


def _pause(user: User) -> dict[str, float | Decimal]:
    """The silence that ends an utterance, in seconds: the range of the setting, and its value for a new dictation."""
    usual = user.silence_ms or settings.VAD_SILENCE_MS
    # Of a whole number, a float would be shown as "2.0".
    return {"least": LEAST_SILENCE, "most": MOST_SILENCE, "usual": Decimal(usual) / 1000}
