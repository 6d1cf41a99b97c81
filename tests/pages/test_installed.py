"""The installed app: what the browser asks of one, and files that the device shares with it."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from captions.models import Upload, User
from tests.pages.conftest import OpenPage
from tests.processes import until
from tests.shared_files import READY, SHARE

_KEPT = """caches.keys().then(async (names) => {
  const caches_ = await Promise.all(names.map((name) => caches.open(name)));
  return (await Promise.all(caches_.map((cache) => cache.keys()))).flat().length;
})"""


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = tmp_path / "uploads"


def test_browsers_may_install_it(open_page: OpenPage, maren: User) -> None:
    page = open_page("/settings/", maren, service_workers="allow")
    assert page.evaluate(READY) == "ready"
    session = page.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["start_url"] == "/"
    # Contexts of a test are private windows, which install nothing.
    errors = [
        each["errorId"] for each in session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    ]
    assert set(errors) <= {"in-incognito"}


_KEEP = """async () => {
  const { SharedFiles } = await import("app/uploads/shared-files");
  const files = new SharedFiles("a test");
  const day = 24 * 3600 * 1000;
  const share = (name, now) => files.keep([new File(["sound"], name, { type: "audio/ogg", lastModified: 7 })], now);
  const names = async (...query) => (await files.take(...query)).map(({ file }) => file.name);
  const first = await share("Mine.ogg", 0);
  const seen = [
    await names("1", "another id", 1), await names("1", null, 1), await names("1", first, 1),
    // An upload that was interrupted goes on, for the same account only.
    await names("1", null, day), await names("2", first, day), await names("1", first, day),
  ];
  const second = await share("Old.ogg", 0);
  seen.push(await names("1", second, day + 1));
  const many = [];
  for (let number = 0; number < 23; number += 1) many.push(await share(`${number}.ogg`, number));
  seen.push(await names("1", many[0], 30), await names("1", many[22], 30));
  const [{ key, file }] = await files.take("1", many[21], 30);
  seen.push([file.name, file.type, file.lastModified, await file.text()]);
  await files.release(key);
  seen.push(await names("1", many[20], 30));
  await files.clear();
  return [...seen, await names("1", many[19], 30)];
}"""


def test_shared_files_are_for_one_account_and_one_day(open_page: OpenPage, db: None) -> None:
    assert open_page("/accounts/login/").evaluate(_KEEP) == [
        *([], [], ["Mine.ogg"]),
        *(["Mine.ogg"], [], []),
        [],
        *([], ["22.ogg"]),
        ["21.ogg", "audio/ogg", 7, "sound"],
        ["20.ogg", "22.ogg"],
        [],
    ]


def test_shared_files_become_uploads(open_page: OpenPage, maren: User, live_server: Any) -> None:
    page = open_page("/", maren, service_workers="allow")
    assert page.evaluate(READY) == "ready"

    def share(name: str) -> None:
        page.evaluate(SHARE, [f"{live_server.url}/share/", name, 1_500_000])

    files = page.get_by_role("region", name="Files").get_by_role("listitem")
    share("Memo.m4a")
    expect(files).to_have_count(1)
    expect(files.first).to_contain_text("Waiting in the queue")
    expect(page).to_have_url(f"{live_server.url}/sessions/")
    memo = Upload.objects.get()
    assert (memo.user, memo.name, memo.received) == (maren, "Memo.m4a", 1_500_000)
    until(lambda: page.evaluate(_KEPT) == 0, "what is sent is not kept")

    # Logged out, it waits for the login that follows.
    page.context.clear_cookies()
    share("Second.m4a")
    page.locator("input[name=login]").fill("maren")
    page.locator("input[name=password]").fill("a long password")
    page.locator("main form button[type=submit]").first.click()
    expect(files).to_have_count(2)
    expect(files.filter(has_text="Second.m4a")).to_contain_text("Waiting in the queue")

    # Another site can post the same form; nothing becomes of that, and logging out deletes what is left.
    share("")
    expect(page.get_by_text("No file arrived.")).to_be_visible()
    _elsewhere(page.context, f"{live_server.url}/share/")
    assert page.evaluate(_KEPT) == 1
    page.reload()
    expect(files).to_have_count(2)
    assert Upload.objects.count() == 2
    page.get_by_role("button", name="maren@example.com").or_(page.locator(".head-account")).first.click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/accounts/login/**")
    until(lambda: page.evaluate(_KEPT) == 0, "nothing is left for the next account")


def _elsewhere(context: BrowserContext, url: str) -> None:
    """Posts a file from a page of another site."""
    context.route(
        "http://elsewhere.test/", lambda route: route.fulfill(content_type="text/html", body="<body></body>")
    )
    page: Page = context.new_page()
    page.goto("http://elsewhere.test/")
    page.evaluate(SHARE, [url, "Theirs.m4a", 1_500_000])
    expect(page.get_by_text("No file arrived.")).to_be_visible()
    page.close()
