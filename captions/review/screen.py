"""Views of the screen of a review: one place at a time, with the sentences before and after it.

The answer to a form is the updated screen: after a redirect the whole of it, for htmx the part that has changed.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any
from uuid import UUID

import av
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ..models import AccessKind, Recording, Review, ReviewState
from ..models.leased_job import LeaseLostError
from ..recordings import views as sound_views
from ..recordings.reading import FileMissingError
from ..recordings.remote import seekable
from ..recordings.waveform_window import LONGEST_MS, waveform_window
from ..transcripts.changes import LONGEST_TEXT, EditConflict, EditError, GoneError
from ..transcripts.export import FORMATS
from ..transcripts.forms.export import ExportForm
from ..transcripts.reading import in_english, log_reading, person
from ..transcripts.views import downloads
from . import decisions, queue
from .decisions import Step
from .names import name_of
from .page import Screen
from .places import Place
from .queue import TakenError

_CONFLICT = _(
    "This sentence was changed elsewhere in the meantime. You see it as it is now; nothing was saved."
)
_DECIDED: dict[str, Any] = {
    ReviewState.APPROVED: _("“%(name)s”: approved."),
    ReviewState.NEEDS_WORK: _("“%(name)s”: needs work."),
}
_CHANGELIST = "admin:captions_review_changelist"
_SCREEN = "admin:captions_review_screen"
_LONGEST_NUMBER = 12
# The number of bars in the waveform: as many as it has room for.
_STROKES = 190


@never_cache
@require_safe
def screen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Shows the place with the key `place`, or the first open one; without the text if the reader does not hold it."""
    return _shown(request, _review(pk), request.GET.get("place", ""))


def _shown(
    request: HttpRequest,
    review: Review,
    place: str = "",
    problem: str = "",
    left: Sequence[Place] | None = None,
) -> HttpResponse:
    """The screen, or its changed part for htmx; logs what it shows."""
    now = timezone.now()
    part = bool(getattr(request, "htmx", False))
    shown = Screen.of(review, person(request), now, place, left)
    detail = f"At {shown.place.start_ms} ms" if shown.place else "Title"
    log_reading(request, AccessKind.TRANSCRIPT, [review.session], {review.pk: detail})
    context: dict[str, Any] = {"screen": shown, "problem": problem, "longest": LONGEST_TEXT, "is_part": part}
    if part:
        return render(request, "admin/captions/review/_work.html", context)
    waiting = shown.waiting()
    log_reading(request, AccessKind.LIST, [each.session for each in waiting.reviews if each.pk != review.pk])
    context |= {"waiting": waiting, "formats": FORMATS.values()}
    return render(request, "admin/captions/review/screen.html", context)


@never_cache
@require_safe
def sound(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The recording, or a byte range of it; only for the reviewer who holds the review."""
    review = _held(request, pk)
    recording = get_object_or_404(Recording.objects.kept(), session=review.session)
    part = request.headers.get("Range", "")[:60]
    log_reading(request, AccessKind.SOUND, [review.session], {review.pk: part})
    return sound_views.answer(request, recording)


@never_cache
@require_safe
def outline(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The waveform between the session times `from` and `to` (ms): one byte per bar, its loudness."""
    review = _held(request, pk)
    recording = get_object_or_404(Recording.objects.kept(), session=review.session)
    asked = [request.GET.get(name, "") for name in ("from", "to")]
    if not all(each.isdecimal() and len(each) <= _LONGEST_NUMBER for each in asked):
        raise Http404
    start_ms, end_ms = map(int, asked)
    if not start_ms < end_ms <= start_ms + LONGEST_MS:
        raise Http404
    try:
        with seekable(recording) as file:
            drawn = waveform_window(file, start_ms, end_ms, _STROKES)
    except (FileMissingError, OSError, av.FFmpegError) as error:
        # The place can be reviewed without a waveform.
        raise Http404 from error
    return HttpResponse(drawn, content_type="application/octet-stream")


@never_cache
@require_safe
def export(request: HttpRequest, pk: UUID, name: str) -> HttpResponseBase:
    """The transcript as a file, with default options."""
    review = _review(pk)
    if name not in FORMATS:
        raise Http404
    form = ExportForm.over_defaults(request.GET, {"format": name})
    if not form.is_valid():
        raise Http404
    log_reading(request, AccessKind.EXPORT, [review.session], {review.pk: in_english(FORMATS[name].label)})
    return downloads.file_of(request, review.session, form)


def _review(pk: UUID) -> Review:
    return get_object_or_404(Review.objects.select_related("session__user", "reviewer"), pk=pk)


def _held(request: HttpRequest, pk: UUID) -> Review:
    """The review, its lease renewed. Raises Http404 unless the user holds it."""
    review = _review(pk)
    now = timezone.now()
    if not review.is_with(person(request).pk, now):
        raise Http404
    # Listening counts as activity, so the lease does not expire meanwhile.
    try:
        review.renew(now)
    except LeaseLostError as error:
        raise Http404 from error
    return review


@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Gives the reviewer the first free review of the queue and shows it."""
    review = queue.take_next(person(request), timezone.now())
    if review is None:
        messages.info(request, gettext("Nothing is waiting for review."))
        return HttpResponseRedirect(reverse(_CHANGELIST))
    return HttpResponseRedirect(reverse(_SCREEN, args=[review.pk]))


@require_POST
def take(request: HttpRequest, pk: UUID) -> HttpResponse:
    try:
        queue.take(pk, person(request), timezone.now())
    except GoneError as error:
        raise Http404 from error
    except TakenError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse(_SCREEN, args=[pk]))


@require_POST
def let_go(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Puts the review back into the queue."""
    try:
        queue.let_go(pk, person(request), timezone.now())
    except GoneError as error:
        raise Http404 from error
    except TakenError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse(_CHANGELIST))


@require_POST
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ends the review; redirects to the next one, or to the queue if there is none."""
    state = request.POST.get("state", "")
    if state not in (ReviewState.APPROVED, ReviewState.NEEDS_WORK):
        raise Http404
    now = timezone.now()
    try:
        review = queue.decide(pk, person(request), ReviewState(state), now)
    except GoneError as error:
        raise Http404 from error
    except TakenError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse(_SCREEN, args=[pk]))
    decided = str(_DECIDED[review.state]) % {"name": name_of(review)}
    following = queue.next_for(person(request), now)
    if following is None:
        end = gettext("Nothing else is waiting for review.")
        messages.success(request, f"{decided} {end}")
        return HttpResponseRedirect(reverse(_CHANGELIST))
    way_back = format_html('<a href="{}">{}</a>', reverse(_CHANGELIST), gettext("Back to the queue"))
    text = format_html("{} {} {}", decided, gettext("This is the next one."), way_back)
    messages.success(request, text)
    return HttpResponseRedirect(reverse(_SCREEN, args=[following.pk]))


def _step(step: Callable[..., Step]) -> Callable[..., HttpResponse]:
    """Makes a view of a decision: shows the next place, or why the decision could not be carried out."""

    @require_POST
    @wraps(step)
    def wrapped(request: HttpRequest, pk: UUID, **kwargs: Any) -> HttpResponse:
        place, problem, left = request.POST.get("place", ""), "", None
        try:
            done = step(request, pk, **kwargs)
            place, left = done.key, done.left
        except GoneError as error:
            raise Http404 from error
        except EditConflict:
            problem = str(_CONFLICT)
        except (EditError, TakenError) as error:
            problem = str(error)
        if getattr(request, "htmx", False):
            return _shown(request, _review(pk), place, problem, left)
        if problem:
            messages.error(request, problem)
        return HttpResponseRedirect(f"{reverse(_SCREEN, args=[pk])}?place={place}")

    return wrapped


@_step
def keep(request: HttpRequest, pk: UUID) -> Step:
    return decisions.keep(pk, request.POST.get("place", ""), person(request), timezone.now())


@_step
def correct(request: HttpRequest, pk: UUID) -> Step:
    version = request.POST.get("version", "")
    if not version.isdecimal() or len(version) > 9:
        raise EditError(gettext("This text was changed in the meantime. You see it as it is now."))
    return decisions.correct(
        pk,
        request.POST.get("place", ""),
        int(version),
        request.POST.get("written", ""),
        person(request),
        timezone.now(),
        everywhere="everywhere" in request.POST,
    )


@_step
def undo(request: HttpRequest, pk: UUID, number: int) -> Step:
    return decisions.undo(pk, number, person(request), timezone.now())
