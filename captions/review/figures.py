"""The page with statistics of corrections."""

from datetime import timedelta

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.views.decorators.http import require_safe

from ..transcripts import access_log
from ..transcripts.reading import person
from ..web.requests import address
from . import statistics

_PERIODS = {
    "7": pgettext_lazy("within", "7 days"),
    "30": pgettext_lazy("within", "30 days"),
    "90": pgettext_lazy("within", "90 days"),
    "365": pgettext_lazy("within", "a year"),
}


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """For the sessions of a period: corrections per hour of sound, also by week, and the words corrected most."""
    chosen = request.GET.get("days", "")
    chosen = chosen if chosen in _PERIODS else "30"
    now = timezone.now()
    access_log.looked_at_figures(
        person(request), detail=f"{chosen} days", address=address(request), page=request.path
    )
    context = {
        **admin.site.each_context(request),
        "title": gettext("Statistics of corrections"),
        "periods": _PERIODS.items(),
        "chosen": chosen,
        "figures": statistics.figures(now - timedelta(days=int(chosen)), now),
    }
    return render(request, "admin/captions/review/figures.html", context)
