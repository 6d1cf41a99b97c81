"""Views that request a second pass, report on it, and take decisions on it."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from kombu.exceptions import OperationalError

from ..models import ItemState, Proposal, ProposalItem, Session
from ..models.proposal import DONE, READY, WAITING
from ..transcripts.changes import EditError
from ..transcripts.differences import differences
from ..transcripts.speakers import speakers_of
from ..transcripts.views.corrections import answers_editing, described
from ..web.requests import UserRequest, own_session
from . import asking, deciding, tasks
from .deciding import Decided, is_stale, versions_of
from .forms import DecisionForm

log = structlog.get_logger(__name__)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@answers_editing
def second_pass(request: UserRequest, pk: UUID) -> HttpResponse:
    """GET answers with the state, and with the proposed items once there are any; POST requests a second pass."""
    session = own_session(request.user, pk)
    if request.method != "POST":
        return JsonResponse(_standing(session, with_items=True))
    proposal = asking.ask(session, tell_speakers=request.POST.get("tell_speakers") == "true")
    if proposal.state == WAITING:
        transaction.on_commit(partial(_ask_for, proposal.pk))
    return JsonResponse(_standing(session, with_items=True), status=201)


@login_required
@require_POST
@answers_editing
def decide(request: UserRequest, pk: UUID) -> HttpResponse:
    """Carries out one decision; answers with the items and utterances that changed. 409 if an utterance has changed."""
    session = own_session(request.user, pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        raise EditError(_("There is no such decision."))
    asked = form.cleaned_data
    decided = _decided(request, session, asked["decision"], asked["number"] or 0, asked["change"])
    session.refresh_from_db(fields=["word_count"])
    speakers = speakers_of(session)
    return JsonResponse(
        {
            **_standing(session, with_items=False),
            "items": _items(session, decided.items),
            "rows": [described(row, speakers) for row in decided.rows],
            "word_count": session.word_count,
            "change": str(decided.change) if decided.change else None,
        }
    )


def _decided(
    request: UserRequest, session: Session, decision: str, number: int, change: UUID | None
) -> Decided:
    match decision:
        case "accept":
            return deciding.accept(session, number, request.user)
        case "keep":
            return deciding.keep(session, number)
        case "reopen":
            return deciding.reopen(session, number, request.user)
        case "accept-all":
            return deciding.accept_all(session, request.user)
        case "keep-all":
            return deciding.keep_all(session)
        case "reopen-all" if change is not None:
            return deciding.reopen_all(session, change, request.user)
        case "cancel":
            asking.cancel(session)
        case "close":
            deciding.close(session)
        case _:
            raise EditError(_("There is no such decision."))
    return Decided([], [])


def _ask_for(pk: UUID) -> None:
    try:
        tasks.listen_again.delay(str(pk))
    except OperationalError:
        # The broker is unreachable; `resume_second_passes` finds the proposal later.
        log.exception("second_pass_not_announced", proposal=str(pk))


def _standing(session: Session, *, with_items: bool) -> dict[str, Any]:
    proposal = Proposal.objects.filter(session=session).first()
    if proposal is None:
        expected = asking.is_expected(session, timezone.now())
        return {"state": WAITING if expected else "none", "automatic": expected}
    left = proposal.left(timezone.now())
    standing = {
        "state": proposal.state,
        "automatic": proposal.automatic,
        "percent": proposal.percent,
        "seconds_left": None if left is None else round(left.total_seconds()),
        "message": _(proposal.message) if proposal.message else "",
    }
    if with_items and proposal.state in (READY, DONE):
        items = list(proposal.items.all())
        standing["items"] = _items(session, items)
        if proposal.automatic and proposal.state == DONE:
            standing |= _taken_over(session, items)
    return standing


def _taken_over(session: Session, items: Sequence[ProposalItem]) -> dict[str, Any]:
    """The changes that a page has to show that was loaded before them, in the same form as in `decide`."""
    changes = {item.change for item in items if item.change}
    rows = session.utterances.filter(
        pk__in=[part["utterance"] for item in items if item.change for part in item.parts]
    )
    speakers = speakers_of(session)
    return {
        "rows": [described(row, speakers) for row in rows.in_time()],
        "word_count": session.word_count,
        "change": str(changes.pop()) if len(changes) == 1 else None,
    }


def _items(session: Session, items: Iterable[ProposalItem]) -> list[dict[str, Any]]:
    items = list(items)
    versions = versions_of(session, items)
    return [_item(item, is_moved=is_stale(item, versions)) for item in items]


def _item(item: ProposalItem, *, is_moved: bool) -> dict[str, Any]:
    """An item as JSON. `undoable` says whether its decision can be undone; `seq` of a part is null for a new row."""
    return {
        "number": item.number,
        "state": ItemState.STALE if item.state == ItemState.OPEN and is_moved else item.state,
        "start_ms": item.start_ms,
        "end_ms": item.end_ms,
        "corrected": item.corrected,
        "undoable": item.state == ItemState.KEPT or (item.state == ItemState.ACCEPTED and not is_moved),
        "parts": [
            {
                "seq": part["seq"],
                "version": part["version"],
                "start_ms": part["after"]["start_ms"],
                "end_ms": part["after"]["end_ms"],
                "new": part["before"] is None,
                "language": part["language"],
                **({"shared": True} if part.get("shared") else {}),
                "differences": [
                    {"kind": difference.kind, "text": difference.text}
                    for difference in differences(part["before"] or "", part["after"]["text"])
                ],
            }
            for part in item.parts
        ],
    }
