"""Paths of requests under BASE_PATH; tests/e2e/test_base_path.py has the whole product behind proxies."""

import asyncio
import re
from typing import Any

import pytest
from django.urls import clear_script_prefix, set_script_prefix

from tests.conftest import REPOSITORY
from tests.factories import make_user
from tests.site.test_settings import manage
from whisperstream_site.base_path import UnderBasePath, cookie_name


def passed_on(base: str, scope: dict[str, Any]) -> dict[str, Any]:
    seen: list[dict[str, Any]] = []

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.append(scope)

    asyncio.run(UnderBasePath(application, base)(scope, None, None))
    return seen[0]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("base", "path", "full"),
    [
        ("/dictation", "/dictation", "/dictation"),
        ("/dictation", "/dictation/sessions/", "/dictation/sessions/"),
        ("/dictation", "/sessions/", "/dictation/sessions/"),
        ("/dictation", "/", "/dictation/"),
        ("/dictation", "/dictations/", "/dictation/dictations/"),
        ("", "/sessions/", "/sessions/"),
    ],
)
def test_a_proxy_may_leave_the_path_or_cut_it_off(kind, base, path, full):
    scope = passed_on(base, {"type": kind, "path": path, "root_path": "/from-a-header"})
    assert (scope["path"], scope["root_path"]) == (full, base)


def test_other_scopes_are_left_alone():
    assert passed_on("/dictation", {"type": "lifespan"}) == {"type": "lifespan"}


def test_every_path_has_cookies_of_its_own():
    assert cookie_name("", "sessionid") == "whisperstream_sessionid"
    assert cookie_name("/team/dictation", "sessionid") == "whisperstream_team_dictation_sessionid"
    # Where there is HTTPS, no page of another host may set them.
    assert cookie_name("", "sessionid", is_secure=True) == "__Host-whisperstream_sessionid"
    assert cookie_name("/team", "sessionid", is_secure=True) == "__Secure-whisperstream_team_sessionid"


def test_one_setting_moves_everything(product_env):
    code = (
        "from django.conf import settings; from django.urls import reverse; "
        "print(reverse('dictation'), reverse('account_login'), settings.STATIC_URL, settings.SESSION_COOKIE_PATH)"
    )
    done = manage(product_env | {"BASE_PATH": "dictation"}, "shell", "--verbosity", "0", "--command", code)
    paths = "/dictation/ /dictation/accounts/login/ /dictation/static/ /dictation/"
    assert done.stdout.split("\n")[-2] == paths, done.stderr


@pytest.mark.django_db
def test_the_link_in_a_mail_has_the_path(client, settings, mailoutbox):
    settings.EMAIL_HOST = "smtp.example.org"
    settings.FORCE_SCRIPT_NAME = "/dictation"
    make_user("maren", email="maren@example.org")
    set_script_prefix("/dictation/")
    try:
        client.post("/accounts/password/reset/", {"email": "maren@example.org"})
    finally:
        clear_script_prefix()
    assert "http://testserver/dictation/accounts/password/reset/key/" in mailoutbox[0].body


def test_no_template_and_no_script_names_a_path_of_the_host():
    in_markup = r"""(?:href|src|action|hx-get|hx-post)=["']/|url\(["']?/"""
    in_scripts = r"""["'`]/(?:accounts|sessions|static|ws)/"""
    absolute = re.compile(f"{in_markup}|{in_scripts}")
    files = [
        file
        for folder, pattern in (("templates", "*.html"), ("static/js", "*.js"), ("static/css", "*.css"))
        for file in (REPOSITORY / folder).rglob(pattern)
    ]
    assert len(files) > 100
    assert [file for file in files if absolute.search(file.read_text())] == []
