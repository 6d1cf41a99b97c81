"""Views for all data of a user: its archive, and the deletion of the account."""

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
    """The page with the state of the archive and the way to delete the account; htmx gets only the changing part."""
    template = "_archive" if request.htmx else "data"
    return render(request, f"captions/account/{template}.html", {"archive": _archive(request.user)})


@login_required
@require_POST
def make_archive(request: UserRequest) -> HttpResponse:
    """Requests an archive, unless one is being made already; it replaces an older one."""
    with transaction.atomic():
        # Locked, so that simultaneous requests make only one archive.
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
    """The user's archive as a download; 404 if there is none or it has expired."""
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
    """GET asks for confirmation and shows what would be deleted; POST logs out everywhere and starts the deletion."""
    if request.method == "POST":
        language = request.user.interface_language
        leave(request.user, timezone.now())
        logout(request)
        tasks.delete_accounts_soon()
        chosen = f"?{urlencode({'language': language})}" if language else ""
        return redirect(f"{reverse('account-deleted')}{chosen}")
    return render(request, "captions/account/delete.html", {"belongings": belongings(request.user)})


@never_cache
@require_safe
def account_deleted(request: HttpRequest) -> HttpResponse:
    """Confirms the deletion in the language that the user chose: in the query string, since the account may be gone."""
    accepted = request.headers.get("Accept-Language", "")
    translation.activate(language_for(request.GET.get("language", ""), accepted))
    return render(request, "captions/account/deleted.html")


def _archive(user: User) -> Archive | None:
    return Archive.objects.filter(user=user).first()
