"""Views that request the summary of a transcript, show it while it is written, cancel it, and delete it."""

from functools import partial
from uuid import UUID

import structlog
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from kombu.exceptions import OperationalError

from ..models import USUAL_PROMPT, Summary
from ..models.summary import WAITING
from ..transcripts.changes import GoneError
from ..web.requests import UserRequest, own_session
from . import asking, tasks
from .asking import SummaryError
from .service import configured
from .showing import shown

log = structlog.get_logger(__name__)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def summary(request: UserRequest, pk: UUID) -> HttpResponse:
    """GET says where the text would go, and what for; htmx gets the summary alone. POST requests one."""
    session = own_session(request.user, pk)
    service = configured()
    if service is None:
        raise Http404
    problem = ""
    if request.method == "POST":
        try:
            asked = asking.ask(session, service)
        except GoneError as error:
            raise Http404 from error
        except SummaryError as error:
            problem = str(error)
        else:
            if asked.state == WAITING:
                transaction.on_commit(partial(_announce, asked.pk))
            return redirect(f"{session.get_absolute_url()}#summary")
    return render(
        request,
        f"captions/summaries/{'_summary' if request.htmx else 'page'}.html",
        {
            "session": session,
            "note": shown(session),
            "service": service,
            "prompt": request.user.summary_prompt or USUAL_PROMPT,
            "problem": problem,
        },
        status=400 if problem else 200,
    )


@login_required
@require_POST
def cancel(request: UserRequest, pk: UUID) -> HttpResponse:
    """Cancels the summary while it is written; one that is ready stays."""
    session = own_session(request.user, pk)
    asking.cancel(session)
    return redirect(f"{session.get_absolute_url()}#summary")


@login_required
@require_POST
def delete(request: UserRequest, pk: UUID) -> HttpResponse:
    session = own_session(request.user, pk)
    Summary.objects.filter(session=session).delete()
    return redirect(session)


def _announce(pk: UUID) -> None:
    try:
        tasks.write_summary.delay(str(pk))
    except OperationalError:
        # The broker is unreachable; `resume_summaries` finds the summary later.
        log.exception("summary_not_announced", summary=str(pk))
