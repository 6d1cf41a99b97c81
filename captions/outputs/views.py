"""Views of the places elsewhere to which the captions of a dictation are sent."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..models import MOST_OUTPUTS
from ..transcripts.changes import GoneError
from ..web.requests import UserRequest, own_session
from .adding import OutputError, add
from .forms import OutputForm


@login_required
@never_cache
@require_safe
def of_running(request: UserRequest) -> HttpResponse:
    """Leads to the outputs of the dictation that the user began last; says what to do if none is running."""
    begun = Q(gen__gt=0) | Q(clock_at__isnull=False)
    running = request.user.sessions.open().filter(begun).newest_first().first()
    if running is not None:
        return redirect("outputs", pk=running.pk)
    return render(request, "captions/outputs/none.html")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def outputs(request: UserRequest, pk: UUID) -> HttpResponse:
    """The outputs of a session, with a form for another one; htmx gets only the list."""
    session = own_session(request.user, pk)
    form = OutputForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            added = add(session, form.cleaned_data["address"])
        except GoneError as error:
            raise Http404 from error
        except OutputError as error:
            form.add_error("address", str(error))
        else:
            messages.success(
                request, _("What is said from now on goes to %(name)s.") % {"name": added.get_kind_display()}
            )
            return redirect("outputs", pk=session.pk)
    found = list(session.outputs.order_by("pk"))
    has_room = session.ended_at is None and len(found) < MOST_OUTPUTS
    return render(
        request,
        f"captions/outputs/{'_list' if request.htmx else 'page'}.html",
        {
            "session": session,
            "outputs": found,
            "form": form if form.errors or has_room else None,
        },
        status=400 if form.errors else 200,
    )


@login_required
@require_POST
def remove(request: UserRequest, pk: UUID, output: int) -> HttpResponse:
    """Forgets an address: nothing is sent there from now on."""
    session = own_session(request.user, pk)
    removed = get_object_or_404(session.outputs, pk=output)
    removed.delete()
    messages.success(request, _("Captions no longer go to %(name)s.") % {"name": removed.get_kind_display()})
    return redirect("outputs", pk=session.pk)
