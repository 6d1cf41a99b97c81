"""Serves the service worker, which keeps files that are shared with the installed app until a page uploads them, and
opens the dictation page where there is no connection.
"""

import json
import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from .script_catalog import module_path
from .static_files import lean

# To be counted up when static/js/uploads/shared-files.js keeps files in another form.
_VERSION = 1
# The same for static/js/dictation/offline/keeping.js.
_OFFLINE_VERSION = 1
_IMPORT = re.compile(r'(?<=from )"(app/[^"]+)"')


def kept_in() -> str:
    """The name of the browser's cache with the files, which other products at this origin do not have."""
    return f"shared-files {reverse('dictation')} {_VERSION}"


def offline_in() -> str:
    """The name of the browser's cache with the page that opens without a connection."""
    return f"offline {reverse('dictation')} {_OFFLINE_VERSION}"


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script, at the top of all pages, since a service worker serves only what is below its own address."""
    source = Path(finders.find("service-worker.js") or "").read_text()
    # Import maps are for pages only.
    script = _IMPORT.sub(lambda found: f'"{static(module_path(found[1]))}"', lean(source))
    addresses = {
        "kept": kept_in(),
        "share": reverse("share"),
        "missed": reverse("share-missed"),
        "offline": offline_in(),
        "home": reverse("dictation"),
        "page": reverse("offline"),
        "login": reverse("account_login"),
        # The sources' own names stay the same when they change.
        "changing": settings.DEBUG,
        "assets": [settings.STATIC_URL, f"{reverse('dictation')}catalog/"],
        "logouts": [reverse(name) for name in ("account_logout", "admin:logout", "account-delete")],
    }
    response = HttpResponse(
        f"self.addresses={json.dumps(addresses)};\n{script}", content_type="text/javascript; charset=utf-8"
    )
    response["Cache-Control"] = "no-cache"
    return response
