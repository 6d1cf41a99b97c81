"""What a start says: what it waits for, and at last the address and the login."""

from dataclasses import replace

import pytest

from whisperstream_site.launcher.announcing import Announcer, Welcome

WELCOME = Welcome("http://localhost:8000/", "admin", "s3cret", "base", is_model_cached=True)
READY = {"web": "ok", "database": "ok", "channel_layer": "ok", "worker": "ok"}


def test_the_address_and_the_login_come_last_and_once_a_dictation_could_begin():
    announcer = Announcer(WELCOME)
    assert list(announcer.look(None, 0)) == ["Starting."]
    assert list(announcer.look(None, 1)) == []
    assert list(announcer.look(READY | {"worker": "none"}, 2)) == ["Waiting for the speech model base."]
    assert list(announcer.look(READY | {"worker": "loading"}, 3)) == []
    *_, address, login = announcer.look(READY, 4)
    assert address == "Open http://localhost:8000/ in a browser."
    assert login.startswith("Log in as admin with the password s3cret ")
    assert announcer.is_done
    assert list(announcer.look(READY, 5)) == []


def test_what_it_waits_for_is_said_again_after_a_while():
    announcer = Announcer(replace(WELCOME, is_model_cached=False))
    loading = READY | {"worker": "loading"}
    assert list(announcer.look(loading, 1)) == [
        "Waiting for the speech model base, which is being downloaded."
    ]
    assert list(announcer.look(loading, 20)) == []
    assert len(list(announcer.look(loading, 40))) == 1


@pytest.mark.parametrize(("part", "store"), [("database", "PostgreSQL"), ("channel_layer", "Valkey")])
def test_a_store_that_is_away_is_named(part, store):
    assert list(Announcer(WELCOME).look(READY | {part: "away", "worker": "none"}, 1)) == [
        f"Waiting for {store}."
    ]


def test_a_model_that_cannot_be_used_does_not_hide_the_pages():
    first, *_, address, login = Announcer(WELCOME).look(READY | {"worker": "failed"}, 1)
    assert "cannot be used" in first
    assert "Open http" in address
    assert "s3cret" in login


def test_without_a_password_it_says_how_to_get_one():
    *others, _, login = Announcer(replace(WELCOME, password=None)).look(READY | {"worker": "full"}, 1)
    assert login == "Log in as admin."
    assert any("script/run --password" in sentence for sentence in others)
