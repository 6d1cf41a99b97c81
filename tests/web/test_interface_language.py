"""In which language somebody is spoken to, and what the scripts of a page get for it."""

import gzip
import re
from collections.abc import Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.core import mail
from django.db import OperationalError, connections
from django.test import AsyncClient, Client
from django.utils import translation

from captions.core.interface_language import language_for
from captions.models import Upload, User
from captions.web.script_catalog import messages_of, script_catalog
from tests.factories import make_ended_session, make_user

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
SETTINGS = "/settings/"


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    yield
    translation.deactivate()


@pytest.mark.parametrize(
    ("chosen", "accepted", "spoken"),
    [
        ("", "", "en-gb"),
        ("", "de", "de"),
        ("", "de-CH, en;q=0.8", "de"),
        ("", "fr, de;q=0.5", "de"),
        ("", "en-US, de;q=0.5", "en-gb"),
        ("", "*", "en-gb"),
        ("", "x" * 1_000, "en-gb"),
        ("de", "en", "de"),
        ("en-gb", "de", "en-gb"),
        # A language that this site had once.
        ("tlh", "de", "de"),
    ],
)
def test_what_was_chosen_goes_before_what_the_browser_accepts(
    chosen: str, accepted: str, spoken: str
) -> None:
    assert language_for(chosen, accepted) == spoken


@pytest.mark.parametrize("path", ["/accounts/login/", "/nothing/here/"])
def test_pages_for_everybody_are_in_the_language_of_the_browser(path: str, client: Client, db: None) -> None:
    answer = client.get(path, headers=GERMAN)
    assert '<html lang="de">' in answer.content.decode()
    assert "Accept-Language" in answer.headers["Vary"]
    assert '<html lang="en">' in client.get(path).content.decode()


def test_a_choice_holds_at_once_and_in_every_browser(visitor: Client, user: User) -> None:
    answer = visitor.post(SETTINGS, {"interface_language": "de"}, follow=True)
    page = answer.content.decode()
    assert '<html lang="de"' in page
    assert "Deine Einstellungen sind gespeichert." in page
    assert '<option value="de" selected>Deutsch</option>' in page
    elsewhere = Client()
    elsewhere.force_login(user)
    assert (
        '<html lang="de"' in elsewhere.get("/sessions/", headers={"Accept-Language": "en"}).content.decode()
    )
    page = visitor.post(
        SETTINGS, {"interface_language": "en-gb"}, headers=GERMAN, follow=True
    ).content.decode()
    assert "Your settings are saved." in page
    visitor.post(SETTINGS, {"interface_language": ""})
    assert '<html lang="de"' in visitor.get("/sessions/", headers=GERMAN).content.decode()


def test_only_languages_that_there_are_can_be_chosen(visitor: Client, user: User) -> None:
    assert visitor.post(SETTINGS, {"interface_language": "tlh"}).status_code == 400
    assert User.objects.get().interface_language == ""


def test_a_database_that_is_away_is_said_in_the_language_of_the_browser(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object) -> None:
        raise OperationalError

    monkeypatch.setattr("django.contrib.auth.middleware.get_user", away)
    answer = visitor.get("/sessions/", headers=GERMAN)
    assert answer.status_code == 503
    assert "Die Datenbank ist gerade nicht erreichbar." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
async def test_labels_in_a_file_are_in_the_language_of_who_fetches_it() -> None:
    user = await database_sync_to_async(make_user)()
    session = await database_sync_to_async(make_ended_session)(user, [])
    client = AsyncClient()
    await client.aforce_login(user)
    # As with ASGI: what is streamed is made when the middleware has returned.
    answer: Any = await client.get(f"/sessions/{session.pk}/export.md", headers=GERMAN)
    text = b"".join([chunk async for chunk in answer.streaming_content]).decode()
    assert "Ohne Titel" in text
    await database_sync_to_async(connections.close_all)()


def test_mails_are_in_the_language_of_who_asks_for_them(user: User) -> None:
    Client().post("/accounts/password/reset/", {"email": user.email}, headers=GERMAN)
    assert re.search(r"\b(Passwort|Konto)\b", str(mail.outbox[0].body))


def test_what_is_wrong_with_a_file_is_said_to_everybody_in_their_language(user: User) -> None:
    upload = Upload(message="%(name)s is longer than %(hours)s hours. Split it into shorter files.")
    upload.message_values = {"name": "100%.mp3", "hours": 1.5}
    assert upload.sentence == "100%.mp3 is longer than 1.5 hours. Split it into shorter files."
    with translation.override("de"):
        assert upload.sentence == "100%.mp3 ist länger als 1,5 Stunden. Teile die Datei in kürzere auf."
        assert Upload().sentence == ""
        # As the rows of before have it: a sentence without a place for anything.
        assert Upload(message="100%.mp3 is empty.").sentence == "100%.mp3 is empty."


def test_a_german_page_gets_what_its_scripts_say(visitor: Client, user: User) -> None:
    assert "/catalog/" not in visitor.get("/").content.decode()
    page = visitor.get("/", headers=GERMAN).content.decode()
    found = re.search(
        r'<script src="(/catalog/de/dictation/main\.\w+\.js)"></script><script type="module"', page
    )
    assert found
    answer = visitor.get(found[1])
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.content.decode().startswith("globalThis.catalog??=")
    assert len(gzip.compress(answer.content)) < 5_600
    # A page of before a deployment gets what there is now, and keeps it no longer.
    old = Client().get("/catalog/de/dictation/main.0123456789ab.js")
    assert (old.content, old.headers["Cache-Control"]) == (answer.content, "no-cache")


@pytest.mark.parametrize(
    "path", ["en-gb/dictation/main", "tlh/dictation/main", "de/nothing", "de/shared/clock"]
)
def test_where_there_is_nothing_to_say_there_is_no_script(path: str, client: Client, db: None) -> None:
    assert client.get(f"/catalog/{path}.0123456789ab.js").status_code == 404


def test_a_page_gets_what_it_can_say_and_no_more() -> None:
    assert script_catalog("en-gb", "app/dictation/main") is None
    dictation, settings = messages_of("de", "app/dictation/main"), messages_of("de", "app/settings/page")
    assert settings
    assert len(settings) < len(dictation)


def test_a_module_that_is_named_for_its_type_alone_is_not_loaded() -> None:
    sentence = "Nothing could be understood here. Play it."
    assert sentence in messages_of("de", "app/player/words")
    assert sentence not in messages_of("de", "app/player/player")
