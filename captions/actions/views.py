"""Views for a person's own actions."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..models import MOST_ACTIONS, ActionDoes, SpokenAction, WebhookEndpoint, WebhookEvent
from ..speech.speakers import Speakers
from ..transcripts import acting
from ..transcripts.speakers import speakers_of
from ..transcripts.views.corrections import answers_editing, described
from ..web.requests import UserRequest, own_session
from . import changing
from .changing import ActionError
from .forms import ActionForm, LeadForm, TryForm, values_of
from .trying import Tried, tried

View = Callable[..., HttpResponse]


def _own(view: View) -> View:
    """The view with the action in place of its number."""

    @wraps(view)
    def of_owner(request: UserRequest, pk: int) -> HttpResponse:
        return view(request, get_object_or_404(request.user.spoken_actions, pk=pk))

    return of_owner


@login_required
@never_cache
@require_safe
def actions(request: UserRequest) -> HttpResponse:
    """The list of actions, their lead word, and a field to try them."""
    return _page(request)


@login_required
@never_cache
@require_POST
def lead_word(request: UserRequest) -> HttpResponse:
    form = LeadForm(request.POST)
    if not form.is_valid():
        return _page(request, lead=form)
    request.user.lead_word = form.cleaned_data["lead_word"]
    request.user.save(update_fields=["lead_word"])
    return redirect("actions")


@login_required
@never_cache
@require_POST
def try_actions(request: UserRequest) -> HttpResponse:
    """Shows what a sentence would do. It is posted, since what people say stands in no address."""
    form = TryForm(request.POST)
    if not form.is_valid():
        return _page(request, trying=form)
    return _page(request, trying=form, result=tried(request.user, form.cleaned_data["said"]))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_action(request: UserRequest) -> HttpResponse:
    form = ActionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            changing.add(request.user, form.wanted())
            return redirect("actions")
        except ActionError as error:
            form.add_error(None, str(error))
    return _form_page(request, form, None)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_own
def change_action(request: UserRequest, action: SpokenAction) -> HttpResponse:
    form = ActionForm(request.POST if request.method == "POST" else None, initial=values_of(action))
    if form.is_valid():
        changing.change(action, form.wanted())
        return redirect("actions")
    return _form_page(request, form, action)


@login_required
@require_POST
@_own
def move_up(request: UserRequest, action: SpokenAction) -> HttpResponse:
    changing.move_up(action)
    return redirect("actions")


@login_required
@require_POST
@_own
def delete_action(request: UserRequest, action: SpokenAction) -> HttpResponse:
    action.delete()
    return redirect("actions")


@login_required
@require_POST
@answers_editing
def confirm(request: UserRequest, pk: UUID, seq: int) -> HttpResponse:
    """Sends the action that a sentence has asked about."""
    session = own_session(request.user, pk)
    row = acting.confirm(session, seq, request.user)
    speakers: Speakers | None = speakers_of(session)
    return JsonResponse({"rows": [described(row, speakers)]})


def _page(
    request: UserRequest,
    *,
    lead: LeadForm | None = None,
    trying: TryForm | None = None,
    result: Tried | None = None,
) -> HttpResponse:
    mine = list(request.user.spoken_actions.all())
    is_wrong = any(form is not None and form.errors for form in (lead, trying))
    sends = any(action.does != ActionDoes.WRITE for action in mine)
    context = {
        "actions": mine,
        "lead": lead or LeadForm(initial={"lead_word": request.user.lead_word}),
        "trying": trying or TryForm(),
        "result": result,
        "most": MOST_ACTIONS,
        "is_told_nowhere": sends and not _is_told(request),
    }
    return render(request, "captions/actions/actions.html", context, status=400 if is_wrong else 200)


def _is_told(request: UserRequest) -> bool:
    """Whether anything is told of what is sent."""
    active = WebhookEndpoint.objects.active().filter(user=request.user)
    return active.filter(events__contains=[WebhookEvent.COMMAND_SPOKEN]).exists()


def _form_page(request: UserRequest, form: ActionForm, action: SpokenAction | None) -> HttpResponse:
    return render(
        request,
        "captions/actions/form.html",
        {"form": form, "action": action},
        status=400 if form.errors else 200,
    )
