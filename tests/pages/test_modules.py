"""The modules find each other under the hashed names of a deployment, and weigh little."""

import gzip
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.jslexer import tokenize
from django.conf import settings as django_settings
from django.core.management import call_command
from django.template import Context, Template
from django.templatetags.static import static
from django.test import RequestFactory

from captions.web import tags
from captions.web.static_files import lean

JS = django_settings.BASE_DIR / "static" / "js"
TEMPLATES = django_settings.BASE_DIR / "templates"
STYLE_SHEET = re.compile(r"{% static '(css/[^']+)' %}")
IMPORT = re.compile(r'(?:from|import\()\s*"([^"]+)"')


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("static")


@pytest.fixture
def deployed(collected: Path, settings: Any) -> Iterator[Path]:
    """The static files as a deployment serves them: under names with a hash."""
    settings.STATIC_ROOT = str(collected)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "captions.web.static_files.StaticFiles"},
    }
    tags._cached_map.cache_clear()
    if not (collected / "staticfiles.json").exists():
        call_command("collectstatic", interactive=False, verbosity=0)
    yield collected
    tags._cached_map.cache_clear()


def _render() -> str:
    request = RequestFactory().get("/")
    request.csp_nonce = "n0nce"  # type: ignore[attr-defined]
    return Template("{% load captions %}{% import_map %}").render(Context({"request": request}))


def _imports(html: str) -> dict[str, str]:
    match = re.fullmatch(r'<script type="importmap" nonce="n0nce">(.*)</script>', html, re.DOTALL)
    assert match
    found: dict[str, str] = json.loads(match[1])["imports"]
    return found


def test_every_module_is_mapped_to_a_file_with_a_hash(deployed: Path) -> None:
    imports = _imports(_render())
    assert len(imports) == len(list(JS.glob("**/*.js")))
    for name, url in imports.items():
        path = url.removeprefix("/static/")
        assert re.search(r"\.[0-9a-f]{12}\.js$", path), name
        assert (deployed / path).is_file(), name


def test_every_import_is_in_the_map(deployed: Path) -> None:
    known = set(_imports(_render()))
    for file in JS.glob("**/*.js"):
        assert set(IMPORT.findall(file.read_text())) <= known, file.name


def test_modules_are_served_without_their_comments_and_otherwise_as_they_are(deployed: Path) -> None:
    for file in JS.glob("**/*.js"):
        name = file.relative_to(JS).as_posix()
        served = (deployed / static(f"js/{name}").removeprefix("/static/")).read_text()
        source = file.read_text()
        assert "/**" not in served, name
        assert _tokens(served) == _tokens(source), name


def test_style_sheets_are_served_without_their_comments_and_otherwise_as_they_are(deployed: Path) -> None:
    for file in JS.with_name("css").glob("*.css"):
        served = (deployed / static(f"css/{file.name}").removeprefix("/static/")).read_text()
        source = re.sub(r'url\("[^"]+"\)', "", re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL))
        assert "/*" not in served, file.name
        assert re.sub(r'url\("[^"]+"\)|\s', "", served) == re.sub(r"\s", "", source), file.name


def _tokens(script: str) -> list[tuple[str, str]]:
    return [(token.type, token.value) for token in tokenize(script, jsx=False) if "comment" not in token.type]


def test_faces_keep_their_way_through_hashing(deployed: Path) -> None:
    tokens = (deployed / static("css/tokens.css").removeprefix("/static/")).read_text()
    faces = re.findall(r'url\("?([^")]+\.woff2)', tokens)
    assert len(faces) == 9
    for face in faces:
        assert (deployed / "css" / face).is_file()


def _with_imports(name: str, *, without: Collection[str] = ()) -> set[str]:
    found, waiting = set[str](), {name}
    while waiting:
        found.add(module := waiting.pop())
        source = (JS / f"{module.removeprefix('app/')}.js").read_text()
        waiting |= set(IMPORT.findall(lean(source))) - found - {*without}
    return found


def test_the_dictation_page_weighs_less_than_100_kb_until_stop(deployed: Path) -> None:
    pages = (TEMPLATES / "base.html", TEMPLATES / "captions" / "live" / "dictation.html")
    wanted = [name for page in pages for name in STYLE_SHEET.findall(page.read_text())]
    assert {"css/tokens.css", "css/base.css", "css/dictation.css"} < set(wanted)
    # What follows on Stop is loaded when nobody waits for their words any more; few dictations are of meetings, are
    # translated, or have a second device, spoken commands, options of their own, an outage, or a server that is away;
    # the other road of the sound is prepared while the first one is tried; a microphone is heard already when its
    # channels are looked at; and no screen goes dark in the first moments.
    later = {
        "app/dictation/add-phone",
        "app/dictation/command-line",
        "app/dictation/ended-dictation",
        "app/dictation/late-words",
        "app/dictation/listening-dialog",
        "app/dictation/log-editing",
        "app/dictation/offline/keeping",
        "app/dictation/offline/offline-start",
        "app/dictation/one-channel",
        "app/dictation/outage-rows",
        "app/dictation/road/switch",
        "app/dictation/second-pass-line",
        "app/dictation/shared-sound",
        "app/dictation/tape/remains",
        "app/dictation/tape/tape",
        "app/dictation/wake-lock",
        "app/shared/names",
        "app/shared/translation",
    }
    modules = _with_imports("app/dictation/main", without=later)
    assert {"app/dictation/session", *later} & modules == {"app/dictation/session"}
    assert {"app/transcript/editor", "app/dictation/two-sounds"} <= _with_imports("app/dictation/main")
    wanted += [f"js/{name.removeprefix('app/')}.js" for name in modules]
    wanted += [
        f"fonts/{name}.woff2"
        for name in ("literata-latin", "atkinson-next-latin-400", "atkinson-next-latin-600")
    ]
    size = 0
    for name in wanted:
        content = (deployed / static(name).removeprefix("/static/")).read_bytes()
        size += len(content if name.endswith("woff2") else gzip.compress(content))
    assert size < 100_000, size


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0:00"),
        (4_180, "0:04"),
        (761_999, "12:41"),
        (3_753_000, "1:02:33"),
        (86_400_000, "24:00:00"),
        (-5, "0:00"),
        (None, ""),
    ],
)
def test_clock(milliseconds: int | None, text: str) -> None:
    assert tags.clock(milliseconds) == text
