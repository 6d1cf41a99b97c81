"""English below what is said in another language."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from captions.models import User
from tests.factories import make_ended_session, make_utterance
from tests.pages.axe import violations
from tests.pages.conftest import OpenPage, start, tell
from tests.pages.dictation.test_after_stop import stop
from tests.pages.dictation.test_listening import offers
from tests.processes import until

Dictation = Callable[..., Page]


def test_a_translation_comes_below_its_sentence(dictation: Dictation) -> None:
    page = dictation()
    page.get_by_role("button", name="Edit vocabulary").click()
    page.get_by_label("Translate other languages into English").check()
    assert violations(page) == []
    page.get_by_role("button", name="Apply").click()
    start(page)
    assert [each["translate"] for each in offers(page)] == [True]
    german = {"language": "de"}
    tell(page, "final", 1, "Guten Morgen.", german)
    tell(page, "final", 2, "Wie geht es Ihnen?", german)
    tell(page, "final", 1, "Guten Morgen.", german | {"translation": "Good morning."})
    shown = page.locator("#u-1 .translation")
    expect(shown).to_have_text("Good morning.")
    expect(shown).to_have_attribute("lang", "en")
    expect(page.locator("#u-1 [data-text]")).to_have_text("Guten Morgen.")
    expect(page.locator("#u-2 .translation")).to_have_count(0)
    words, below = page.locator("#u-1 [data-text]").bounding_box(), shown.bounding_box()
    assert words
    assert below
    assert below["x"] == words["x"]
    assert below["y"] >= words["y"] + words["height"]
    # A correction changes the words alone.
    tell(page, "final", 1, "Guten Morgen!", german | {"version": 2})
    expect(page.locator("#u-1 [data-text]")).to_have_text("Guten Morgen!")
    expect(shown).to_have_text("Good morning.")
    assert violations(page) == []


def test_the_account_may_want_it_always_and_a_dictation_not(dictation: Dictation, maren: User) -> None:
    maren.translate = True
    maren.save()
    page = dictation()
    start(page)
    assert [each["translate"] for each in offers(page)] == [True]
    page.get_by_role("button", name="Maren").click()
    page.get_by_role("button", name="Dictation options").click()
    page.get_by_label("Translate other languages into English").uncheck()
    page.get_by_role("button", name="Apply").click()
    until(lambda: len(offers(page)) == 2, "the page offers again")
    assert offers(page)[1]["translate"] is False


def test_the_last_sentence_is_translated_after_stop(dictation: Dictation, maren: User) -> None:
    maren.translate = True
    maren.save()
    page = dictation()
    start(page)
    stop(page)
    until(lambda: page.evaluate("server.sockets.length") == 2, "the page opens another socket")
    tell(page, "final", 1, "The night ferry leaves.", {"translation": "It leaves."})
    expect(page.locator("#u-1 .translation")).to_have_text("It leaves.")


def test_a_transcript_shows_translations_and_keeps_them_when_sentences_are_merged(
    open_page: OpenPage, maren: User
) -> None:
    session = make_ended_session(maren, [])
    make_utterance(session, "Guten Morgen.", language="de", translation="Good morning.")
    make_utterance(session, "Es regnet.", start_ms=2_000, language="de", translation="It is raining.")
    page = open_page(f"/sessions/{session.pk}/", maren)
    expect(page.locator("#u-1 .translation")).to_have_text("Good morning.")
    assert violations(page) == []
    page.locator("#u-1 [data-text]").click()
    page.get_by_role("button", name="Merge").click()
    expect(page.locator("#u-1 .translation")).to_have_text("Good morning. It is raining.")
