"""What a browser installs the pages by: the manifest, its icons, the service worker."""

import re
import struct
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse, set_script_prefix
from django.utils import translation

from captions.models import User
from captions.web.manifest import MEDIA, PAPER

STATIC = settings.BASE_DIR / "static"


def manifest(client: Client, language: str = "en-gb") -> dict[str, Any]:
    answer = client.get(reverse("manifest", args=[language]))
    assert answer["Content-Type"] == "application/manifest+json"
    found: dict[str, Any] = answer.json()
    return found


def test_the_manifest_is_in_the_language_of_the_page(client: Client, db: None) -> None:
    for language, shortcut in (("en-gb", "New dictation"), ("de", "Neues Diktat")):
        login = client.get(reverse("account_login"), headers={"Accept-Language": language}).content.decode()
        assert f'<link rel="manifest" href="{reverse("manifest", args=[language])}">' in login
        found = manifest(client, language)
        assert found["lang"] == language
        assert found["shortcuts"][0]["name"] == shortcut
        with translation.override(language):
            assert found["description"] == translation.gettext(
                "Say it once. Read it as you speak. Find it next year."
            )
    assert client.get(reverse("manifest", args=["tlh"])).status_code == 404


def test_the_app_starts_where_one_dictates_and_takes_sound_and_video(client: Client, db: None) -> None:
    found = manifest(client)
    assert found["start_url"] == found["id"] == found["scope"] == reverse("dictation")
    assert found["display"] == "standalone"
    assert [each["url"] for each in found["shortcuts"]] == [reverse("dictation"), reverse("history")]
    target = found["share_target"]
    assert (target["action"], target["method"]) == (reverse("share"), "POST")
    assert target["params"]["files"][0]["accept"] == list(MEDIA)


def test_every_address_is_below_the_path_of_the_product(client: Client, db: None) -> None:
    set_script_prefix("/dictation/")
    try:
        answer = client.get("/manifest.en-gb.webmanifest", SCRIPT_NAME="/dictation")
        worker = client.get("/service-worker.js", SCRIPT_NAME="/dictation").content.decode()
    finally:
        set_script_prefix("/")
    found = answer.json()
    addresses = [found["start_url"], found["scope"], found["share_target"]["action"]]
    assert all(address.startswith("/dictation/") for address in addresses), addresses
    assert '"share": "/dictation/share/"' in worker
    assert '"kept": "shared-files /dictation/ 1"' in worker


def test_icons_are_where_browsers_look_by_themselves(client: Client, db: None) -> None:
    for address, width in (("favicon.ico", 192), ("apple-touch-icon.png", 180)):
        answer = client.get(f"/{address}")
        assert answer["Content-Type"] == "image/png"
        assert struct.unpack(">II", answer.content[16:24]) == (width, width)
        assert "no-store" not in answer["Cache-Control"]


def test_icons_are_as_wide_as_the_manifest_says(client: Client, db: None) -> None:
    icons = manifest(client)["icons"]
    assert {(icon["sizes"], icon.get("purpose")) for icon in icons} >= {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    drawn = [icon for icon in icons if icon["type"] == "image/png"]
    for icon in [*drawn, {"src": "/static/icons/apple-touch-180.png", "sizes": "180x180"}]:
        found = finders.find(icon["src"].removeprefix(settings.STATIC_URL))
        assert found, icon
        # The width and height of a PNG are in its first chunk.
        width, height = struct.unpack(">II", Path(found).read_bytes()[16:24])
        assert f"{width}x{height}" == icon["sizes"]


def test_what_the_browser_draws_has_the_colour_of_the_page(visitor: Client, user: User) -> None:
    paper = re.search(r"--paper: light-dark\((#\w+), (#\w+)\)", (STATIC / "css" / "tokens.css").read_text())
    assert paper
    assert (PAPER["light"], PAPER["dark"]) == paper.groups()
    url = reverse("history")
    meta = r'<meta name="theme-color" content="(#\w+)"(?: media="\(prefers-color-scheme: (\w+)\)")?>'
    assert re.findall(meta, visitor.get(url).content.decode()) == [
        (PAPER["light"], "light"),
        (PAPER["dark"], "dark"),
    ]
    User.objects.update(theme="dark")
    assert re.findall(meta, visitor.get(url).content.decode()) == [(PAPER["dark"], "")]


def test_the_service_worker_finds_its_modules_and_is_asked_for_anew(visitor: Client, user: User) -> None:
    answer = visitor.get(reverse("service-worker"))
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    script = answer.content.decode()
    assert all(f'addEventListener("{event}"' in script for event in ("install", "activate", "fetch"))
    imported = re.findall(r'from "([^"]+)"', script)
    assert imported == ["/static/js/dictation/tape/store.js", "/static/js/uploads/shared-files.js"]
    # What it imports must import nothing by a name of the pages' import map.
    for address in imported:
        assert "\nimport " not in f"\n{(STATIC / address.removeprefix('/static/')).read_text()}"
    # Only who is logged in can share files, so only their pages have it.
    page = visitor.get(reverse("history"))
    assert reverse("service-worker") in page.content.decode()
    assert "worker-src 'self'" in page["Content-Security-Policy"]
    assert "manifest-src 'self'" in page["Content-Security-Policy"]
