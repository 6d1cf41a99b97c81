"""What the history, a transcript and the settings say in German: dates, numbers and whole sentences, not words."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from captions.models import Session, User
from captions.recordings.tags import without
from captions.transcripts.tags import day, full_moment
from tests.factories import make_ended_session

NOW = datetime(2023, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def german(user: User, visitor: Client) -> Iterator[Client]:
    User.objects.filter(pk=user.pk).update(interface_language="de", time_zone="UTC")
    yield visitor
    translation.deactivate()


@pytest.fixture
def ferry(user: User) -> Session:
    return make_ended_session(user, ["Die Fähre fuhr.", "Ja."], at=NOW, clock_ms=246_000)


def page(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_the_history_counts_and_writes_days(german: Client, ferry: Session) -> None:
    text = page(german, reverse("history"))
    assert "1 Transkript</p>" in text
    assert "20. Nov. 2023" in text
    assert "4 min&nbsp;· 4 Wörter" in text
    assert "1 Treffer in 1 Transkript</p>" in page(german, f"{reverse('history')}?q=Fähre")


def test_a_transcript_writes_its_day_in_full(german: Client, ferry: Session) -> None:
    text = page(german, ferry.get_absolute_url())
    assert "Montag, 20. November 2023, 09:00&nbsp;· 4 min 6 s" in text
    assert 'aria-label="0:00 bearbeiten"' in text
    text = page(german, reverse("session-delete", args=[ferry.pk]))
    assert "2 Sätze, 4 Wörter, 4 min 6 s." in text
    assert "30 Tage lang kannst du es unter „Kürzlich gelöscht“ im Verlauf wiederherstellen." in text


def test_numbers_in_sentences_have_a_decimal_comma(german: Client) -> None:
    answer = german.post(reverse("settings"), {"pause": "9", "replacements": "maren"})
    text = answer.content.decode()
    assert "Die Pause muss zwischen 0,2 und 5 Sekunden lang sein." in text
    assert "Zeile 1 hat keinen Pfeil" in text
    assert 'value="9"' in text


def test_labels_of_ours_in_a_file_are_german_too(german: Client, user: User) -> None:
    silent = make_ended_session(user, [], at=NOW)
    answer = german.get(reverse("session-export", args=[silent.pk, "md"]))
    assert answer.getvalue().startswith(b"# Ohne Titel\n")


def test_english_days_are_as_they_were(ferry: Session) -> None:
    assert (day(NOW), full_moment(NOW)) == ("20 Nov 2023", "Monday 20 November 2023, 09:00")
    assert without(ferry, None) == "The recording of this dictation was not saved, only the text."
