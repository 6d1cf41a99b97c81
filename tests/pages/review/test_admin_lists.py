"""The lists of the administration in a real browser."""

from urllib.parse import urljoin

from django.urls import reverse

from tests.factories import make_ended_session, make_user
from tests.pages.axe import violations
from tests.pages.conftest import OpenPage
from tests.review.support import make_review

LISTS = [
    reverse(f"admin:captions_{name}_changelist")
    for name in ("utterance", "session", "user", "review", "access")
]


def test_everybody_can_use_the_lists(open_page: OpenPage, transactional_db: None) -> None:
    boss = make_user("boss", is_staff=True, is_superuser=True, interface_language="de")
    make_ended_session(make_user("maren"), ["A piano."], title="The night ferry", language="en")
    make_review()
    page = open_page(LISTS[0], boss)
    for number, url in enumerate(LISTS):
        page.emulate_media(color_scheme="dark" if number % 2 else "light")
        page.goto(urljoin(page.url, url))
        assert violations(page) == [], url
