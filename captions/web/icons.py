"""Serves icons at the addresses where browsers look for them without being told."""

from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@require_safe
@cache_control(public=True, max_age=86_400)
def icon(request: HttpRequest, name: str) -> HttpResponse:
    """The icon of that name, a PNG."""
    return HttpResponse(Path(finders.find(f"icons/{name}") or "").read_bytes(), content_type="image/png")
