import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from captions.models import User
from tests.factories import make_ended_session
from tests.review.support import make_reviewer

PAGE = "/settings/"


def test_only_for_people_with_an_account(client: Client, db: None) -> None:
    assert client.get(PAGE).headers["Location"] == f"/accounts/login/?next={PAGE}"


def test_settings_are_kept_and_shown_again(visitor: Client, user: User) -> None:
    text = "Ishbel  Rendall\r\n\r\nStromness\r\nStromness\r\n\tYeti\tNano"
    answer = visitor.post(PAGE, {"vocabulary": text, "pause": "0.7", "sensitivity": "0.3"}, follow=True)
    assert "Your settings are saved." in answer.content.decode()
    user.refresh_from_db()
    assert user.vocabulary == ["Ishbel Rendall", "Stromness", "Yeti Nano"]
    assert (user.silence_ms, user.threshold) == (700, 0.3)
    page = answer.content.decode()
    assert "Ishbel Rendall\nStromness\nYeti Nano</textarea>" in page
    assert "3 of 100" in page
    assert 'value="0.7"' in page
    assert '<option value="0.3" selected>' in page


@pytest.mark.parametrize(("milliseconds", "shown", "german"), [(2000, "2", "2"), (700, "0.7", "0,7")])
def test_a_pause_is_written_alike_everywhere(
    visitor: Client, user: User, settings: Any, milliseconds: int, shown: str, german: str
) -> None:
    settings.VAD_SILENCE_MS = milliseconds

    def page(path: str) -> str:
        return " ".join(visitor.get(path).content.decode().split())

    assert f"Empty means {shown}." in page(PAGE)
    assert f"Empty means {shown}, as in your settings." in page(reverse("dictation"))
    user.silence_ms, user.interface_language = milliseconds, "de"
    user.save()
    assert f'name="pause" value="{shown}"' in page(PAGE)
    assert f"ohne Angabe gelten {german}." in page(PAGE)
    assert f"gelten wie in deinen Einstellungen {german}." in page(reverse("dictation"))


def test_what_is_emptied_is_as_the_server_is_set_again(visitor: Client, user: User) -> None:
    user.vocabulary, user.silence_ms, user.threshold = ["Ishbel"], 700, 0.3
    user.save()
    visitor.post(PAGE, {"vocabulary": "", "pause": "", "sensitivity": ""})
    kept = User.objects.get()
    assert (kept.vocabulary, kept.silence_ms, kept.threshold) == ([], None, None)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"vocabulary": "Ishbel\n" + "w" * 61}, "Line 2 is longer than 60 characters."),
        ({"vocabulary": "\n\n..."}, "Line 3 contains neither a letter nor a digit."),
        ({"vocabulary": "a\u202eb"}, "Line 1 contains an invisible character."),
        ({"vocabulary": "a\0b"}, "Line 1 contains an invisible character."),
        (
            {"vocabulary": "\n".join(map(str, range(101)))},
            "You can have up to 100 lines, and there are 101. Remove some.",
        ),
        ({"pause": "0.1"}, "The pause must be between 0.2 and 5 seconds."),
        ({"pause": "long"}, "The pause must be between 0.2 and 5 seconds."),
        ({"pause": "nan"}, "The pause must be between 0.2 and 5 seconds."),
        ({"sensitivity": "0.31"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    visitor: Client, user: User, fields: dict[str, str], sentence: str
) -> None:
    answer = visitor.post(PAGE, {"vocabulary": "Stromness", "pause": "1", "sensitivity": "0.7", **fields})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    user.refresh_from_db()
    assert (user.vocabulary, user.silence_ms, user.threshold) == ([], None, None)


def test_sound_is_kept_as_long_as_wanted(visitor: Client, user: User, settings) -> None:
    assert (user.keep_sound, user.days_of_sound) == (True, 90)
    visitor.post(PAGE, {"keep_sound": "on", "sound_days": "14"})
    kept = User.objects.get()
    assert (kept.keep_sound, kept.days_of_sound) == (True, 14)
    page = visitor.get(PAGE).content.decode()
    assert 'value="14"' in page
    assert "From 1 to 90. Empty means 90." in page
    settings.SOUND_KEEP_DAYS = 7
    assert kept.days_of_sound == 7
    visitor.post(PAGE, {"sound_days": ""})
    kept = User.objects.get()
    assert (kept.keep_sound, kept.days_of_sound) == (False, 7)


@pytest.mark.parametrize("days", ["0", "-1", "91", "many", "1.5"])
def test_days_of_sound_have_bounds(visitor: Client, user: User, days: str) -> None:
    answer = visitor.post(PAGE, {"keep_sound": "on", "sound_days": days})
    assert answer.status_code == 400
    assert "Recordings can be kept for 1 to 90 days." in answer.content.decode()


def test_a_site_that_keeps_no_sound_offers_no_choice(visitor: Client, user: User, settings) -> None:
    settings.SOUND_KEEP_DAYS = 0
    page = visitor.get(PAGE).content.decode()
    assert "Recordings are not saved on this server" in page
    assert "sound_days" not in page
    visitor.post(PAGE, {"pause": "1"})
    assert User.objects.get().keep_sound, "the choice is there again when the site keeps sound again"


def test_everything_else_is_kept_too(visitor: Client, user: User) -> None:
    page = visitor.get(PAGE).content.decode()
    assert '<option value="last" selected>' in page
    answer = visitor.post(
        PAGE,
        {
            "dictation_language": "de",
            "replacements": "maren -> Maren\r\n\r\nfifty percent => 50 %",
            "theme": "dark",
            "dots": "on",
            "time_zone": "Australia/Eucla",
        },
        follow=True,
    )
    kept = User.objects.get()
    assert kept.replacements == [["maren", "Maren"], ["fifty percent", "50 %"]]
    assert (kept.dictation_language, kept.theme, kept.announce) == ("de", "dark", False)
    assert kept.time_zone == "Australia/Eucla"
    page = answer.content.decode()
    assert '<html lang="en" data-theme="dark" data-time-zone="Australia/Eucla">' in page
    assert "maren → Maren\nfifty percent → 50 %</textarea>" in page
    dictation = visitor.get("/").content.decode()
    assert '<option value="de" selected>' in dictation
    assert 'aria-live="off"' in dictation
    assert "data-remembers" not in dictation
    assert '<div class="now dots" id="now">' in dictation


def test_snippets_have_several_lines(visitor: Client, user: User) -> None:
    snippets = "my address -> 12 Main Road\r\nLeeds\r\n\r\nUK\r\n\r\n\r\nmy name → Maren"
    page = visitor.post(PAGE, {"snippets": snippets, "commands": "on"}, follow=True).content.decode()
    kept = User.objects.get()
    assert kept.commands
    assert kept.snippets == [["my address", "12 Main Road\nLeeds\n\nUK"], ["my name", "Maren"]]
    shown = "my address → 12 Main Road\nLeeds\n\nUK\n\nmy name → Maren"
    assert f"{shown}</textarea>" in page
    visitor.post(PAGE, {"snippets": shown})
    assert (User.objects.get().snippets, User.objects.get().commands) == (kept.snippets, False)


def test_each_problem_of_a_field_has_its_line(visitor: Client, user: User) -> None:
    page = visitor.post(PAGE, {"replacements": "maren\npriya"}).content.decode()
    problems = re.search(r'id="id_replacements_error">(.*?)</div>', page, re.S)
    assert problems
    assert re.findall("<p>(Line [12]) has no arrow", problems[1]) == ["Line 1", "Line 2"]


def test_who_can_read_and_play_is_said(visitor: Client, user: User) -> None:
    assert "Only you. Nobody else with an account" in visitor.get(PAGE).content.decode()
    make_reviewer("priya")
    assert "You, and the reviewers and administrators" in visitor.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"replacements": "a -> b\nmaren"}, "Line 2 has no arrow"),
        ({"replacements": "Don't -> do\n\ndon’t -> not"}, "Line 3 replaces the same words as line 1."),
        (
            {"replacements": "\n".join(f"w{n} -> x" for n in range(101))},
            "up to 100 lines, and there are 101.",
        ),
        ({"snippets": "my address"}, "Snippet 1 has no arrow"),
        ({"snippets": "one\ntwo -> x"}, "Snippet 1 has no arrow"),
        ({"snippets": "a -> b\n\nA -> c"}, "Snippet 2 has the same words as one before it."),
        ({"snippets": "a -> " + "b" * 2_001}, "Snippet 1 has more than 2000 characters after the →."),
        (
            {"snippets": "\n\n".join(f"w{n} -> x" for n in range(51))},
            "You can have up to 50 snippets.",
        ),
        ({"dictation_language": "xx"}, "Select a valid choice."),
        ({"theme": "pink"}, "Select a valid choice."),
        ({"time_zone": "Europe/Atlantis"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_with_the_rest_is_said(
    visitor: Client, user: User, fields: dict[str, str], sentence: str
) -> None:
    before = User.objects.values().get()
    answer = visitor.post(PAGE, fields)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert User.objects.values().get() == before


def test_the_first_browser_says_where_it_is_and_dates_are_in_that_time(visitor: Client, user: User) -> None:
    at = datetime(2023, 11, 17, 22, 30, tzinfo=UTC)
    make_ended_session(user, ["Late."], at=at)
    assert "17 Nov 2023" in visitor.get("/sessions/").content.decode()
    assert 'name="time-zone"' in visitor.get("/sessions/").content.decode()
    assert visitor.post("/settings/time-zone/", {"zone": "Europe/Atlantis"}).status_code == 204
    assert visitor.post("/settings/time-zone/", {"zone": "Asia/Tokyo"}).status_code == 204
    page = visitor.get("/sessions/").content.decode()
    assert "18 Nov 2023" in page
    assert 'name="time-zone"' not in page
    visitor.post("/settings/time-zone/", {"zone": "Europe/Berlin"})
    assert User.objects.get().time_zone == "Asia/Tokyo"


def test_announcing_can_be_switched_by_itself(visitor: Client, user: User) -> None:
    for wanted in ("off", "on"):
        assert visitor.post("/settings/announce/", {"announce": wanted}).status_code == 204
        assert User.objects.get().announce == (wanted == "on")


@pytest.mark.parametrize("path", ["/settings/time-zone/", "/settings/announce/"])
def test_the_switches_are_nobody_s_but_one_s_own(client: Client, path: str, db: None) -> None:
    assert client.post(path).headers["Location"].startswith("/accounts/login/")


def test_a_time_zone_that_is_no_more_costs_no_page(visitor: Client, user: User) -> None:
    User.objects.update(time_zone="Europe/Atlantis")
    assert visitor.get("/sessions/").status_code == 200
    assert visitor.get(PAGE).status_code == 200
