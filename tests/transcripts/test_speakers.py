"""Who speaks in a transcript: names, once for all sentences, wherever they are read."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from captions.models import Session, SpeakerName, User, Utterance
from captions.transcripts import editing, speakers
from captions.transcripts.export import render
from captions.transcripts.search import Search
from captions.transcripts.speakers import SpeakerNameError, name, speakers_of
from captions.transcripts.stored import transcript_of
from tests.factories import make_ended_session, make_session, make_user, make_utterance

pytestmark = pytest.mark.django_db


@pytest.fixture
def maren() -> User:
    return make_user("maren")


@pytest.fixture
def talk(maren: User) -> Session:
    """Three sentences of two voices."""
    session = make_ended_session(maren, ["The tide is high.", "We should wait.", "Let us sail."], voices=2)
    session.utterances.filter(seq__in=(1, 3)).update(speaker=1)
    session.utterances.filter(seq=2).update(speaker=2)
    return session


@pytest.fixture
def meeting(maren: User) -> Session:
    """A sentence at the microphone, and one of the shared sound."""
    session = make_ended_session(maren, ["Good morning.", "Hello."], has_shared=True)
    session.utterances.filter(seq=2).update(shared=True)
    return session


def exported(session: Session, format: str = "txt") -> str:
    return "".join(render(format, transcript_of(Session.objects.get(pk=session.pk))))


def test_nobody_is_named_where_one_person_speaks(maren: User) -> None:
    session = make_session(maren, ["The tide is high."])
    assert speakers_of(session) is None
    assert speakers.listed(session) == []
    assert exported(session) == "The tide is high.\n"
    session.voices = 1
    assert speakers_of(session) is None


def test_two_sources_are_speakers_with_names_of_their_own(meeting: Session) -> None:
    assert [each.usual for each in speakers.listed(meeting)] == ["Microphone", "Shared sound"]
    name(meeting, {(True, 0): "  Ana \u202e Berg\n"})
    assert exported(meeting) == "Microphone: Good morning.\nAna Berg: Hello.\n"
    name(meeting, {(False, 0): "Ben"})
    assert exported(meeting) == "Ben: Good morning.\nAna Berg: Hello.\n"
    name(meeting, {(True, 0): " "})
    assert exported(meeting) == "Ben: Good morning.\nShared sound: Hello.\n"


def test_a_phone_that_is_heard_apart_is_called_so(meeting: Session) -> None:
    meeting.device_modes = [[0, "switch"], [900, ""]]
    assert [each.usual for each in speakers.listed(meeting)] == ["Microphone", "Shared sound"]
    meeting.device_modes = [[0, "switch"], [600, "separate"], [900, ""]]
    meeting.save()
    assert [each.usual for each in speakers.listed(meeting)] == ["Microphone", "Phone"]
    assert exported(meeting) == "Microphone: Good morning.\nPhone: Hello.\n"


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("txt", ["Ana: The tide is high.", "Speaker 2: We should wait.", "Ana: Let us sail."]),
        ("md", ["**Ana:** The tide is high.", "**Speaker 2:** We should wait."]),
        ("srt", ["\nAna:\nThe tide is high.\n", "\nSpeaker 2:\nWe should wait.\n", "\nAna:\nLet us sail.\n"]),
        ("vtt", ["<v Ana>The tide is high.", "<v Speaker 2>We should wait.", "<v Ana>Let us sail."]),
        ("docx", ["Ana: The tide is high.", "Speaker 2: We should wait."]),
    ],
)
def test_exports_name_voices(talk: Session, format: str, expected: list[str]) -> None:
    name(talk, {(False, 1): "Ana"})
    text = exported(talk, format)
    for each in expected:
        assert each in text


def test_json_has_the_speaker_of_each_sentence(talk: Session) -> None:
    name(talk, {(False, 2): "Ben"})
    assert [each["speaker"] for each in json.loads(exported(talk, "json"))["utterances"]] == [
        "Speaker 1",
        "Ben",
        "Speaker 1",
    ]


def test_two_voices_with_one_name_are_one_person(talk: Session) -> None:
    name(talk, {(False, 1): "Ana", (False, 2): "Ana"})
    assert exported(talk, "md").count("**Ana:**") == 1


def test_names_change_neither_sentences_nor_versions(talk: Session, maren: User) -> None:
    before = list(talk.utterances.values_list("seq", "version", "text"))
    name(talk, {(False, 1): "Ana"})
    assert list(talk.utterances.values_list("seq", "version", "text")) == before
    row = talk.utterances.get(seq=1)
    editing.edit(row, "The tide is low.", 1, maren)
    head, tail = editing.split(talk.utterances.get(seq=1), "The tide", "is low.", 2, maren)
    assert (head.speaker, tail.speaker) == (1, 1)
    assert Utterance.objects.get(pk=tail.pk).speaker == 1
    assert "Ana: is low." in exported(talk)


def test_names_are_bounded_and_belong_to_somebody_who_speaks(talk: Session) -> None:
    with pytest.raises(SpeakerNameError, match="60 characters"):
        name(talk, {(False, 1): "x" * 61})
    for key in ((False, 3), (True, 1), (False, 0)):
        with pytest.raises(SpeakerNameError, match="Nobody"):
            name(talk, {key: "Ana"})
    # All or nothing.
    with pytest.raises(SpeakerNameError):
        name(talk, {(False, 1): "Ana", (False, 2): "x" * 61})
    assert not SpeakerName.objects.exists()


def test_the_page_names_those_who_speak_and_renames_them(client: Client, talk: Session, maren: User) -> None:
    client.force_login(maren)
    page = client.get(talk.get_absolute_url()).content.decode()
    assert page.count('<span class="who">Speaker 1</span>') == 2
    assert 'name="speaker-1"' in page
    answer = client.post(
        reverse("session-speakers", args=[talk.pk]), {"speaker-1": "<Ana>", "speaker-2": "", "speaker-9": "x"}
    )
    assert answer["Location"] == talk.get_absolute_url()
    page = client.get(talk.get_absolute_url()).content.decode()
    assert page.count('<span class="who">&lt;Ana&gt;</span>') == 2
    assert page.count('<span class="who">Speaker 2</span>') == 1
    assert "<Ana>" not in page
    client.post(reverse("session-speakers", args=[talk.pk]), {"speaker-1": "x" * 61})
    assert "at most 60 characters" in client.get(talk.get_absolute_url()).content.decode()


def test_a_name_stands_once_where_its_speaker_goes_on(client: Client, talk: Session, maren: User) -> None:
    talk.utterances.update(speaker=1)
    client.force_login(maren)
    page = client.get(talk.get_absolute_url()).content.decode()
    assert page.count('<span class="who">Speaker 1</span>') == 1
    assert page.count('<span class="who" hidden>Speaker 1</span>') == 2


def test_nobody_else_names_them(client: Client, talk: Session) -> None:
    client.force_login(make_user())
    assert client.post(reverse("session-speakers", args=[talk.pk]), {"speaker-1": "Ana"}).status_code == 404
    assert not SpeakerName.objects.exists()


def test_a_search_for_a_name_finds_the_transcript(client: Client, talk: Session, maren: User) -> None:
    make_ended_session(maren, ["Nothing of it."])
    name(talk, {(False, 1): "Ana Sjöberg"})
    (found,) = Search(maren, "sjoberg").results().found
    assert (found.session, found.speakers, found.hits) == (talk, ("Ana Sjöberg",), ())
    results = Search(maren, "ana").results()
    assert (results.total, results.places) == (1, 1)
    assert not Search(make_user(), "sjoberg").results().found
    client.force_login(maren)
    assert "<mark>Ana Sjöberg</mark>" in client.get(reverse("history"), {"q": "sjöberg"}).content.decode()
    assert "1 match" in client.get(talk.get_absolute_url(), {"q": "sjöberg"}).content.decode()


def test_names_go_with_their_transcript(talk: Session) -> None:
    name(talk, {(False, 1): "Ana"})
    talk.erase()
    assert not SpeakerName.objects.exists()


def test_a_script_is_told_whose_a_sentence_is(client: Client, talk: Session, maren: User) -> None:
    client.force_login(maren)
    url = reverse("utterance", args=[talk.pk, 2])
    answer: Any = client.get(url, headers={"accept": "application/json"}).json()
    assert answer["who"] == "Speaker 2"


def test_a_sentence_of_a_later_voice_is_listed(talk: Session) -> None:
    make_utterance(talk, "A third one.", start_ms=9_000, speaker=3)
    assert [each.number for each in speakers.listed(talk)] == [1, 2, 3]
