"""Serves the translations of a page's JavaScript modules."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from .script_catalog import script_catalog

_YEAR_SECONDS = 365 * 24 * 3600


@require_safe
def catalog(request: HttpRequest, language: str, name: str, digest: str) -> HttpResponse:
    """The catalog of a page. For another release's digest, the answer is the current catalog, not to be cached."""
    found = script_catalog(language, f"app/{name}")
    if found is None:
        raise Http404
    response = HttpResponse(found.content, content_type="text/javascript; charset=utf-8")
    if digest == found.digest:
        patch_cache_control(response, public=True, max_age=_YEAR_SECONDS, immutable=True)
    else:
        patch_cache_control(response, no_cache=True)
    return response
