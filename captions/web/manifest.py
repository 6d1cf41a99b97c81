"""The manifest, by which browsers install the pages as an app of the device."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

PAPER = {"light": "#fcfcfd", "dark": "#101319"}
"""The colour of the page in each theme, for what the browser draws around it: `--paper` of tokens.css."""

MEDIA = (
    *("audio/*", "video/*"),
    *(".aac", ".aif", ".amr", ".caf", ".flac", ".m4a", ".mka", ".mkv", ".oga", ".opus", ".wma"),
)
"""The files that people may add. Systems do not know every ending as sound."""

_HOUR_SECONDS = 3600


@require_safe
def manifest(request: HttpRequest, language: str) -> JsonResponse:
    """The manifest in a language of the interface: its address names it, since browsers ask without cookies."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        response = JsonResponse(_manifest(language), content_type="application/manifest+json")
    patch_cache_control(response, public=True, max_age=_HOUR_SECONDS)
    return response


def _manifest(language: str) -> dict[str, Any]:
    start = reverse("dictation")
    return {
        "id": start,
        "start_url": start,
        "scope": start,
        "name": "WhisperStream",
        "short_name": "WhisperStream",
        "description": _("Say it once. Read it as you speak. Find it next year."),
        "lang": language,
        "dir": "ltr",
        "display": "standalone",
        "background_color": PAPER["light"],
        "theme_color": PAPER["light"],
        "categories": ["productivity"],
        "icons": [
            {"src": static("icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            *(_icon(name, width) for name in ("icon", "maskable") for width in (192, 512)),
        ],
        "shortcuts": [
            {"name": _("New dictation"), "url": start},
            {"name": _("History"), "url": reverse("history")},
        ],
        "share_target": {
            "action": reverse("share"),
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {"files": [{"name": "files", "accept": list(MEDIA)}]},
        },
    }


def _icon(name: str, width: int) -> dict[str, str]:
    return {
        "src": static(f"icons/{name}-{width}.png"),
        "sizes": f"{width}x{width}",
        "type": "image/png",
        "purpose": "maskable" if name == "maskable" else "any",
    }
