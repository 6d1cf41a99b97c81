"""How much a browser fetches before somebody can press Start."""

import gzip
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import APIResponse, Response, expect

from captions.models import User
from captions.web.static_files import lean
from tests.pages.conftest import SCRIPTED_SERVER, OpenPage

BUDGET = 100_000
_PACKED = ("font/woff2", "image/png")


@pytest.mark.parametrize("language", ["", "de"])
def test_the_dictation_page_is_no_more_than_100_kb(language: str, open_page: OpenPage, maren: User) -> None:
    User.objects.update(interface_language=language)
    page = open_page("/nothing/here/", maren, script=SCRIPTED_SERVER.read_text())
    # As for somebody who comes for the first time: nothing is in the browser's cache.
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    # What an answer had in it is known until its page is left, so each is asked for once more.
    ask = page.context.request
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    expect(page.locator("html")).to_have_attribute("lang", language or "en")
    page.evaluate("document.fonts.ready")
    page.wait_for_load_state("networkidle")
    sizes = {
        urlsplit(answer.url).path: _transferred(ask.get(answer.url))
        for answer in answers
        if answer.ok and answer.request.method == "GET"
    }
    assert "/" in sizes
    assert any(path.endswith(".woff2") for path in sizes)
    assert any(path.endswith("/preflight.js") for path in sizes)
    assert not any(path.endswith("/session.js") for path in sizes), "only a running dictation needs it"
    assert any(path.startswith("/catalog/") for path in sizes) == bool(language)
    largest = sorted(sizes.items(), key=lambda each: -each[1])[:8]
    assert sum(sizes.values()) <= BUDGET, (sum(sizes.values()), largest)


def _transferred(answer: APIResponse) -> int:
    """Bytes as a deployment sends them: this server neither compresses nor leaves comments and indentation out."""
    if answer.status == 204:
        return 0
    body = answer.body()
    if urlsplit(answer.url).path.startswith(("/static/js/", "/static/css/")):
        body = lean(body.decode()).encode()
    packed = answer.headers.get("content-type", "").startswith(_PACKED)
    return len(body) if packed else len(gzip.compress(body, 9))
