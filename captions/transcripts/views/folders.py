"""The page of a user's tags, on which they are renamed and deleted."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ...models import LONGEST_TAG, Tag
from ...web.requests import UserRequest
from .. import tagging


@login_required
@never_cache
@require_safe
def page(request: UserRequest) -> HttpResponse:
    context = {"tags": request.user.tags.with_counts().by_name(), "longest_tag": LONGEST_TAG}
    return render(request, "captions/transcripts/folders.html", context)


@login_required
@require_POST
def change(request: UserRequest, pk: int) -> HttpResponse:
    """Renames a tag, or with `delete` removes it from all transcripts, which stay."""
    tag = get_object_or_404(request.user.tags, pk=pk)
    if "delete" in request.POST:
        tag.delete()
        done = _("The tag “%(tag)s” was deleted. Its transcripts stay.")
        messages.success(request, done % {"tag": tag.name})
        return redirect("session-folders")
    try:
        tag = tagging.rename(request.user, pk, request.POST.get("name", ""))
    except Tag.DoesNotExist as error:
        raise Http404 from error
    except tagging.TagError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The tag is now called “%(tag)s”.") % {"tag": tag.name})
    return redirect("session-folders")
