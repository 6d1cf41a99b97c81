"""What a person can do with everything they own: have it as one file, and have it deleted."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from kombu.exceptions import OperationalError

from ..core.filename import content_disposition
from ..core.interface_language import language_for
from ..models import Archive, User
from ..recordings.stored_files import stored_file
from ..web.requests import UserRequest
from . import tasks
from .deletion import belongings, leave

_AWAY = _("A part of the server cannot be reached at the moment. Try again in a minute.")


@login_required
@never_cache
@require_safe
def data(request: UserRequest) -> HttpResponse:
    """The archive, how far it is, and the way to delete the account. For htmx only the part that changes."""
    template = "_archive" if request.htmx else "data"
    return render(request, f"captions/account/{template}.html", {"archive": _archive(request.user)})


@login_required
@require_POST
def make_archive(request: UserRequest) -> HttpResponse:
    """Has an archive made, unless one is being made already; an older one makes room for it."""
    with transaction.atomic():
        # Two tabs at once ask for one archive.
        User.objects.select_for_update().get(pk=request.user.pk)
        archive = _archive(request.user)
        if archive is not None and archive.finished_at is None:
            return redirect("data")
        if archive is not None:
            archive.delete()
        made = Archive.objects.create(user=request.user)
    try:
        tasks.make_archive.delay(str(made.pk))
    except OperationalError:
        made.delete()
        messages.error(request, _AWAY)
    return redirect("data")


@login_required
@never_cache
@require_safe
def archive_file(request: UserRequest) -> HttpResponseBase:
    """The archive of whoever asks; 404 where there is none, or none any more."""
    archive = _archive(request.user)
    if archive is None or archive.state != "ready" or archive.expires_at <= timezone.now():
        raise Http404
    name = f"whisperstream-{timezone.localdate(archive.asked_at).isoformat()}.zip"
    return stored_file(
        request,
        archive,
        content_type="application/zip",
        disposition=content_disposition(name),
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
def delete_account(request: UserRequest) -> HttpResponse:
    """Asks, saying what goes in numbers; a POST logs out everywhere and has all of it deleted."""
    if request.method == "POST":
        language = request.user.interface_language
        leave(request.user, timezone.now())
        logout(request)
        tasks.delete_accounts_soon()
        return redirect(f"{reverse('account-deleted')}?{urlencode({'language': language})}")
    return render(request, "captions/account/delete.html", {"belongings": belongings(request.user)})


@never_cache
@require_safe
def account_deleted(request: HttpRequest) -> HttpResponse:
    """In the language of whoever left, which nobody can look up any more."""
    accepted = request.headers.get("Accept-Language", "")
    translation.activate(language_for(request.GET.get("language", ""), accepted))
    return render(request, "captions/account/deleted.html")


def _archive(user: User) -> Archive | None:
    return Archive.objects.filter(user=user).first()
