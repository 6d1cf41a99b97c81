"""The product under a path of another site (BASE_PATH), behind reverse proxies that leave the path or cut it off."""

import re
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, Response, expect

from tests.browsers import launch
from tests.conftest import new_product_env
from tests.e2e import proxies
from tests.e2e.product import PASSWORD, Product
from tests.e2e.proxies import PATH
from tests.processes import free_port
from tests.shared_files import READY, SHARE
from tests.toy import TOY_MODEL

pytestmark = pytest.mark.browser

_PATHS = """all => all.flatMap((one) => [...one.attributes].map((each) => each.value))
    .filter((value) => value.startsWith("/"))"""
CUTTING_PORT, NGINX_PORT = free_port(), free_port()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("under-a-path")


@pytest.fixture(scope="module")
def product(postgres_url: str, folder: Path) -> Iterator[Product]:
    origins = ",".join(f"http://127.0.0.1:{port}" for port in (CUTTING_PORT, NGINX_PORT))
    with new_product_env(postgres_url, folder / "var", redis_db=1) as environment:
        settings = {"BASE_PATH": f"{PATH}/", "ALLOWED_ORIGINS": origins, "TRUSTED_PROXY_COUNT": "1"}
        # With the names of static files that a deployment has, and its page for what is not found.
        settings |= {"DEBUG": "0", "LOCAL": "1"}
        with Product(environment | settings, folder, TOY_MODEL) as product:
            yield product


@pytest.fixture(
    scope="module",
    params=[
        "cut off",
        pytest.param(
            "nginx",
            marks=pytest.mark.skipif(not proxies.nginx(), reason="There is no nginx on this machine."),
        ),
    ],
)
def site(request: pytest.FixtureRequest, product: Product, folder: Path) -> Iterator[str]:
    """The address of the host."""
    with ExitStack() as stack:
        stack.enter_context(proxies.cutting_proxy(CUTTING_PORT, product.port))
        if request.param == "cut off":
            yield f"http://127.0.0.1:{CUTTING_PORT}"
            return
        other = folder / "nginx"
        other.mkdir()
        stack.enter_context(proxies.nginx_proxy(NGINX_PORT, product.port, other, CUTTING_PORT))
        yield f"http://127.0.0.1:{NGINX_PORT}"


def test_everything_works_under_the_path(
    site: str, product: Product, driver: Playwright, folder: Path
) -> None:
    name = product.add_user(f"maren-{uuid.uuid4().hex[:6]}")
    product.manage(
        "shell",
        "--command",
        "from captions.models import Session, User; "
        f"Session.objects.create(user=User.objects.get(username='{name}'), title='Montag')",
    )
    browser = launch(driver, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    strays: list[str] = []
    page.on("response", lambda response: strays.extend(_stray(response)))
    page.on("pageerror", lambda error: strays.append(str(error)))
    page.on("console", lambda said: strays.extend([said.text] if said.type == "error" else []))
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    base = f"{site}{PATH}"

    # Another program of the host has set cookies.
    page.goto(f"{site}/")
    expect(page.get_by_text("Another program")).to_be_visible()
    strays.clear()

    # The history asks for the login, and the login leads back to it.
    page.goto(f"{base}/sessions/")
    expect(page).to_have_url(f"{base}/accounts/login/?next={PATH}/sessions/")
    log_in(page, name)
    expect(page).to_have_url(f"{base}/sessions/")

    # A dictation, whose words come through the socket.
    page.goto(base)
    expect(page).to_have_url(f"{base}/")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#state")).to_have_text("Hört zu", timeout=60_000)
    assert sockets[0].startswith(f"ws{base.removeprefix('http')}/ws/sessions/")
    page.get_by_role("button", name=re.compile("Stopp?$|Beenden")).click()
    expect(page.locator("#state")).to_have_text(re.compile("Gespeichert|Beendet"), timeout=60_000)

    # Its transcript, and other pages with what they load and link to.
    page.goto(f"{base}/sessions/")
    transcript = page.locator("main a[href*='/sessions/']").first.get_attribute("href")
    others = (PATH + path for path in ("/sessions/", "/settings/", "/accounts/email/", "/admin/"))
    for path in (transcript, *others):
        page.goto(f"{site}{path}")
        links = page.locator("[href^='/'], [action^='/'], [hx-get^='/'], [hx-post^='/']").evaluate_all(_PATHS)
        assert links
        assert [link for link in links if link != PATH and not link.startswith(f"{PATH}/")] == []

    # A file that is shared with the installed app (nginx may not write larger ones into the folder of a test), and one
    # that no service worker keeps.
    assert page.evaluate(READY) == "ready"
    page.evaluate(SHARE, [f"{base}/share/", "Memo.m4a", 5_000])
    expect(page.locator("#upload-list li")).to_have_count(1)
    expect(page).to_have_url(f"{base}/sessions/")
    lost = context.request.post(f"{base}/share/", data=bytes(2_000_000), max_redirects=0)
    assert (lost.status, lost.headers["location"].removeprefix(site)) == (303, f"{PATH}/share/missed/")

    cookies = {cookie["name"]: cookie for cookie in context.cookies(f"{base}/")}
    ours = [name for name in cookies if "dictation" in name]
    assert len(ours) >= 2
    assert {cookies[name]["path"] for name in ours} == {f"{PATH}/"}
    assert cookies["sessionid"]["value"] == "of-another-program"

    # Logging out leads to the login.
    page.goto(f"{base}/settings/")
    page.locator(f"form[action='{PATH}/accounts/logout/']").evaluate("form => form.submit()")
    expect(page).to_have_url(re.compile(rf"^{re.escape(base)}/accounts/login/"))

    assert not strays
    answer = page.goto(f"{base}/nowhere/")
    assert answer
    assert answer.status == 404
    expect(page.get_by_role("link", name="WhisperStream")).to_have_attribute("href", f"{PATH}/")
    browser.close()


def log_in(page: Page, name: str) -> None:
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()


def _stray(response: Response) -> list[str]:
    """A request that left the path, or that found nothing."""
    path = response.url.split("/", 3)[3]
    is_ours = path == PATH[1:] or path.startswith(f"{PATH[1:]}/")
    return [] if is_ours and response.status < 400 else [f"{response.status} {response.url}"]
