"""Coming in, as a person does it."""

from typing import Any

from playwright.sync_api import expect

from captions.models import User
from tests.pages.conftest import OpenPage


def test_log_in_with_either_name(open_page: OpenPage, maren: User) -> None:
    for name in ("maren", "maren@example.com"):
        page = open_page("/")
        page.get_by_label("Email or username").fill(name)
        page.get_by_label("Password", exact=True).fill("a long password")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("button", name="Start")).to_be_visible()
        expect(page.locator(".notice:visible")).to_have_count(0)


def test_a_wrong_password_in_words(open_page: OpenPage, maren: User) -> None:
    page = open_page("/accounts/login/")
    page.get_by_label("Email or username").fill("maren@example.com")
    page.get_by_label("Password", exact=True).fill("not this one")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("That email and password do not match.")
    expect(page.get_by_label("Email or username")).to_have_value("maren@example.com")


def test_make_an_account(open_page: OpenPage, transactional_db: None) -> None:
    page = open_page("/accounts/login/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Email").fill("new@example.com")
    page.get_by_label("Password", exact=True).fill("kittiwake harbour")
    page.get_by_role("button", name="Create an account").click()
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    assert User.objects.filter(email="new@example.com").exists()


def test_a_server_that_takes_no_new_accounts(
    open_page: OpenPage, transactional_db: None, settings: Any
) -> None:
    settings.SIGNUP_OPEN = False
    page = open_page("/accounts/login/")
    expect(page.get_by_role("link", name="Create an account")).to_have_count(0)
    page.goto("/accounts/signup/")
    expect(page.get_by_role("heading", name="No new accounts")).to_be_visible()


def test_log_out_from_the_menu(open_page: OpenPage, maren: User) -> None:
    page = open_page("/", maren)
    page.get_by_role("button", name="Maren").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
