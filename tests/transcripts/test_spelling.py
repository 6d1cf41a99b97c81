"""Mistyped words of a search are corrected with the words that somebody has said, and with no others."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from captions.models import GoneWord, Session, SpokenWord, User, Utterance
from captions.transcripts import editing, spelling, spoken_words, trash
from captions.transcripts.querying import typed_words
from captions.transcripts.wording import Wording
from tests.factories import make_ended_session, make_user, make_utterance


@pytest.fixture
def ferry(user: User) -> Session:
    return make_ended_session(
        user,
        [
            "The last ferry left Stromness with eleven passengers and a piano.",
            "Der Bürgermeister kam über Nacht zurück.",
            "Встреча переносится на понедельник.",
            "הפגישה נדחתה.",
        ],
        title="Harbour committee",
    )


def corrected(user: User, text: str) -> str:
    return spelling.corrected(user, text, ["en", "de"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("paino", "piano"),
        ("pinao", "piano"),
        ("piani", "piano"),
        ("ppiano", "piano"),
        ("iano", "piano"),
        ("Pianp", "Piano"),
        ("stromnes frery", "stromness ferry"),
        ("stronmess", "stromness"),
        ("pasengres", "passengers"),
        ('"last fery"', '"last ferry"'),
        ("ferry OR paino -stromnes", "ferry OR piano -stromnes"),
        ("burgermeistr", "bürgermeister"),
        ("zurrück", "zurück"),
        ("понедельнек", "понедельник"),
        ("הפגישא", "הפגישה"),
        ("harbuor comittee", "harbour committee"),
    ],
)
def test_what_was_mistyped_becomes_what_was_said(ferry: Session, user: User, typed: str, meant: str) -> None:
    assert corrected(user, typed) == meant


@pytest.mark.parametrize(
    "text", ["piano", "pian", "passenger", "xyzzy", "tha", "2024", "-paino", '""', "OR", "piano 1811"]
)
def test_what_finds_something_or_is_like_nothing_stays(ferry: Session, user: User, text: str) -> None:
    assert corrected(user, text) == ""


def test_nobody_is_told_the_words_of_others(ferry: Session, db: None) -> None:
    other = make_user()
    assert corrected(other, "paino") == ""
    make_ended_session(other, ["The pianos."])
    assert corrected(other, "pianso") == "pianos"


def test_a_word_that_is_gone_is_not_suggested_and_not_kept(ferry: Session, user: User) -> None:
    make_ended_session(user, ["The ferry is late."])
    editing.edit(ferry.utterances.get(seq=1), "The last ferry left.", 1, user)
    spoken_words.forget_gone()
    assert corrected(user, "paino") == ""
    assert not SpokenWord.objects.filter(word="piano").exists()
    assert corrected(user, "frery") == "ferry"
    ferry.erase()
    spoken_words.forget_gone()
    assert corrected(user, "понедельнек") == corrected(user, "comittee") == ""
    assert set(SpokenWord.objects.values_list("word", flat=True)) == {"the", "ferry", "late"}
    assert not GoneWord.objects.exists()


def test_what_is_replaced_everywhere_is_gone_once_and_learnt_once(user: User) -> None:
    session = make_ended_session(user, ["The ferry is late.", "No ferry today.", "Late."])
    editing.replace_all(session, Wording("ferry", "steamer"), user)
    assert list(GoneWord.objects.values_list("word", flat=True)) == ["ferry"]
    assert SpokenWord.objects.filter(word="steamer").count() == 1
    assert corrected(user, "staemer") == "steamer"
    spoken_words.forget_gone()
    assert set(SpokenWord.objects.values_list("word", flat=True)) == {"the", "steamer", "late", "today"}


def test_words_that_are_only_in_the_trash_stand_in_nobodys_way(user: User) -> None:
    make_ended_session(user, ["The mitten is lost."])
    kitten = make_ended_session(user, ["The kitten sleeps with a zebra."])
    assert corrected(user, "nitten") == "kitten"
    trash.delete(user, [kitten.pk], timezone.now())
    assert corrected(user, "nitten") == "mitten"
    assert corrected(user, "zebar") == ""


def test_a_renamed_transcript_has_other_words(ferry: Session, user: User) -> None:
    ferry.rename("Herring quota")
    spoken_words.forget_gone()
    assert corrected(user, "herrign") == "herring"
    assert corrected(user, "comittee") == ""


def test_words_go_with_their_account(ferry: Session, user: User) -> None:
    user.delete()
    assert not SpokenWord.objects.exists()
    assert not GoneWord.objects.exists()


def test_many_gone_words_are_forgotten_in_several_steps(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken_words, "_AT_ONCE", 2)
    make_ended_session(user, ["Some words that nobody ever says again."]).erase()
    spoken_words.forget_gone()
    assert not SpokenWord.objects.exists()
    assert not GoneWord.objects.exists()


def test_what_was_said_before_an_upgrade_is_learnt(ferry: Session, user: User) -> None:
    before = set(SpokenWord.objects.values_list("word", "folded"))
    SpokenWord.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT whisperstream_learn_all(%s)", [user.pk])
    assert set(SpokenWord.objects.values_list("word", "folded")) == before
    assert SpokenWord.objects.count() == len(before)


def test_a_word_is_kept_once(ferry: Session) -> None:
    make_utterance(ferry, "The piano, the piano!", start_ms=9_000)
    assert SpokenWord.objects.filter(word="piano").count() == 1


@given(st.text(st.sampled_from('ab "-OR今'), max_size=12))
def test_typed_words_stand_where_they_say(text: str) -> None:
    for word in typed_words(text):
        assert text[word.start : word.end] == word.text


# --- Kinds of typing errors -----------------------------------------------------------------------


@pytest.fixture
def library(user: User) -> Session:
    return make_ended_session(
        user,
        [
            "The committee discussed the budget of the harbour and the ferry.",
            "Paint the house before the hour is over; four pains, one form.",
            "Wir müssen die Straße über den Fluss für Bürger größer machen.",
            "Der Hausmeister war zu Hause und hat den Fußball im Büro gefunden.",
            "Die Donau fließt, und das Dampfschiff fährt nach Süden.",
            "They went to the big school together, then they sent an email.",
            "Müller and Schroeder meet at the old town hall.",
            "東京都庁で会議があります。",
            "ผมไปโรงพยาบาลเมื่อวานนี้",
            "The cat sat on the mat with a hat, a bat and a red car.",
        ],
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        # Missing, doubled, swapped and wrong letters, also at the ends.
        ("comittee", "committee"),
        ("committtee", "committee"),
        ("buddget", "budget"),
        ("harbuor", "harbour"),
        ("budgat", "budget"),
        ("vudget", "budget"),
        ("erry", "ferry"),
        ("tpgether", "together"),
        ("togethre", "together"),
        # A change of places is likelier than another letter, and a missing one than a wrong one.
        ("paitn", "paint"),
        ("hosue", "house"),
        ("fomr", "form"),
        ("hte", "the"),
        # Umlauts without dots, written as two letters, and with another mistake; ß and ss.
        ("Strase", "Straße"),
        ("Starße", "Straße"),
        ("Schröder", "Schroeder"),
        ("buergre", "bürger"),
        # A space too many, or one that is missing.
        ("zuhause", '"zu hause"'),
        ("bigschool", '"big school"'),
        ("townhall old", '"town hall" old'),
        ('"thebig school"', '"the big school"'),
        ("haus meister", "hausmeister"),
        ("Fuß ball", "Fußball"),
        ("Dampf Schiff Donau", "Dampfschiff Donau"),
        ("e-mail", "email"),
        # Scripts without spaces.
        ("東京都町", "東京都庁"),
        ("東亰都庁", "東京都庁"),
        ("東都庁", "東京都庁"),
        ("会議があリます", "会議があります"),
        ("โรงพยาบล", "โรงพยาบาล"),
        ("โรงพยาบาาล", "โรงพยาบาล"),
        ("เมือวาน", "เมื่อวาน"),
    ],
)
def test_each_kind_of_mistake_is_forgiven(library: Session, user: User, typed: str, meant: str) -> None:
    assert corrected(user, typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        # Of short words, and with another first letter, too many others are as near.
        "rat",
        "mug",
        "xat",
        "mour",
        "worm",
        "korm",
        "xyzw",
        # Two mistakes, one of them in the first letter.
        "bammittee",
        # Words that are said, though not together, or not in this order.
        "townold",
        "togetherhouse",
        "piano 1811",
        "会町",
        "京都駅前",
        "ไม่รู้",
    ],
)
def test_what_is_not_near_is_not_guessed(library: Session, user: User, typed: str) -> None:
    assert corrected(user, typed) == ""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ueber", "über"),
        ("fuer", "für"),
        ("muessen", "müssen"),
        ("groesser", "größer"),
        ("Buero", "Büro"),
        ("Mueller", "Müller"),
        ("fussabll", "fußball"),
        ("Strasse", ""),
    ],
)
def test_umlauts_are_known_as_two_letters(library: Session, user: User, typed: str, meant: str) -> None:
    """As where the language of the words is not known: the stems of German know them."""
    assert spelling.corrected(user, typed, ["en"]) == meant


def test_of_several_guesses_the_one_that_goes_with_the_other_words_is_taken(user: User) -> None:
    make_ended_session(user, ["The ferny hill."])
    make_ended_session(user, ["The ferry left."])
    assert corrected(user, "ferny hill") == ""
    assert corrected(user, "ferjy left") == "ferry left"
    assert corrected(user, "ferjy hill") == "ferny hill"


def test_a_word_that_was_said_is_no_mistake(library: Session, user: User) -> None:
    """Two words that are said apart find nothing together; neither becomes another one."""
    assert corrected(user, "paint committee") == ""


def test_a_correction_finds_something_among_what_is_filtered(user: User) -> None:
    make_ended_session(user, ["The kitten sleeps."])
    mitten = make_ended_session(user, ["The mitten is lost."])
    only = Session.objects.filter(pk=mitten.pk)
    assert spelling.corrected(user, "nitten", ["en"], only) == "mitten"


def test_a_mistake_in_a_title_without_spaces_is_forgiven(user: User) -> None:
    make_ended_session(user, ["One."], title="東京都庁")
    assert corrected(user, "東京都町") == "東京都庁"
    assert corrected(make_user(), "東京都町") == ""


def test_a_mistyped_word_costs_few_statements(
    library: Session, user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    # Three, in a transaction that limits their time.
    with django_assert_max_num_queries(7):
        assert corrected(user, "comittee") == "committee"


# --- The words that triggers keep ------------------------------------------------------------------


def _triggered(user: User, words: str) -> set[str]:
    """The words that are kept for a user, of those given."""
    return set(
        SpokenWord.objects.filter(owner=user.pk, word__in=words.split()).values_list("word", flat=True)
    )


def test_words_of_many_rows_are_kept_whatever_statement_writes_them(user: User) -> None:
    session = make_ended_session(user, [])
    other = make_ended_session(make_user(), [])
    rows = [
        Utterance(session=where, seq=seq, start_ms=seq, end_ms=seq + 1, text=text)
        for where, seq, text in [
            (session, 1, "The ferry left."),
            (session, 2, "The ferry sank."),
            (session, 3, ""),
            (other, 1, "A piano."),
        ]
    ]
    Utterance.objects.bulk_create(rows)
    assert _triggered(user, "the ferry left sank piano") == {"the", "ferry", "left", "sank"}
    assert SpokenWord.objects.filter(word="ferry").count() == 1
    for row in rows[:2]:
        row.text = row.text.replace("ferry", "barge")
    Utterance.objects.bulk_create(
        rows[:2], update_conflicts=True, unique_fields=["id"], update_fields=["text"]
    )
    assert _triggered(user, "barge") == {"barge"}
    assert list(GoneWord.objects.values_list("owner", "word")) == [(user.pk, "ferry")]
    session.utterances.filter(seq__lte=2).update(text="The sloop left.")
    assert _triggered(user, "sloop") == {"sloop"}
    spoken_words.forget_gone()
    assert _triggered(user, "the ferry left sank barge sloop") == {"the", "left", "sloop"}
    session.utterances.all().delete()
    spoken_words.forget_gone()
    assert not SpokenWord.objects.filter(owner=user.pk).exists()
    assert SpokenWord.objects.filter(word="piano").exists()


def test_words_go_with_a_transcript_to_another_account(ferry: Session, user: User) -> None:
    other = make_user()
    Session.objects.filter(pk=ferry.pk).update(user=other)
    spoken_words.forget_gone()
    assert corrected(other, "paino") == "piano"
    assert not SpokenWord.objects.filter(owner=user.pk).exists()


def test_an_update_without_other_words_writes_none(ferry: Session) -> None:
    before = set(SpokenWord.objects.values_list("pk", flat=True))
    ferry.utterances.update(confidence=0.5)
    assert set(SpokenWord.objects.values_list("pk", flat=True)) == before
    assert not GoneWord.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_sessions_of_one_person_are_written_at_once(user: User) -> None:
    """The same new words, in the opposite order: neither waits for the other, which a deadlock would need."""
    one, two = make_ended_session(user, []), make_ended_session(user, [])
    written = Barrier(2, timeout=60)

    def write(session: Session, texts: list[str]) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '1s'")
                for seq, text in enumerate(texts, 1):
                    make_utterance(session, text, seq=seq, start_ms=seq * 1000)
                    written.wait()
                session.utterances.update(text="Nothing of that.")
                written.wait()
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        texts = ["A walrus.", "An ocelot."]
        for done in [pool.submit(write, one, texts), pool.submit(write, two, texts[::-1])]:
            done.result(timeout=60)
    assert _triggered(user, "walrus ocelot nothing") == {"walrus", "ocelot", "nothing"}
    spoken_words.forget_gone()
    assert _triggered(user, "walrus ocelot nothing") == {"nothing"}
