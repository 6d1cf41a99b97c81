"""What the page does and says when the socket, the connection of the sound, the worker or the page itself goes away."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from captions.models import Session, User
from tests.factories import make_session
from tests.pages.conftest import SCRIPTED_SERVER, OpenPage, arrange, said, start, tell, until_said
from tests.processes import until

Dictation = Callable[..., Page]
NOT_RECORDED = "What you say now is not being recorded."


@pytest.fixture
def dictation(dictation: Dictation) -> Dictation:
    """In a browser that cannot record by itself what does not reach the server."""

    def opened(path: str = "/") -> Page:
        page = dictation(path)
        page.evaluate("delete window.AudioWorkletNode")
        return page

    return opened


@pytest.fixture
def live(dictation: Dictation) -> Page:
    page = dictation()
    start(page)
    return page


def state(page: Page, text: str) -> None:
    expect(page.locator("#state")).to_have_text(text)


def test_start_makes_a_session_and_names_it_in_the_address(live: Page) -> None:
    session = Session.objects.get()
    assert live.url.endswith(f"/?session={session.pk}")
    assert live.evaluate("server.sockets[0].url").endswith(f"/ws/sessions/{session.pk}/")
    offer = live.evaluate("server.heard[0]")
    assert (offer["type"], offer["gen"], offer["settings"]["language"]) == ("offer", 1, "")
    assert offer["sdp"].count("m=") == 1
    assert "opus" in offer["sdp"]
    assert len(offer["sdp"]) < 4096
    candidates = live.evaluate(
        "server.heard.filter(each => each.type === 'candidate').map(each => each.candidate)"
    )
    assert candidates[-1] is None
    assert not [each for each in candidates[:-1] if ".local" in each or " 127." in each or " tcp " in each]


# After an outage of Valkey a server may not have found the worker again.
@pytest.mark.parametrize("known", ["live", "lost"])
def test_a_dropped_socket_comes_back_while_the_sound_goes_on(live: Page, known: str) -> None:
    arrange(live, accepts=False)
    tell(live, "drop")
    state(live, "Reconnecting")
    expect(live.locator("#detail")).to_have_text("Still being recorded")
    expect(live.locator("#outage")).to_be_hidden()
    arrange(live, accepts=True)
    ready = {"state": known, "gen": 1, "last_seq": 1, "clock_ms": 9000}
    live.evaluate("ready => Object.assign(server.ready, ready)", ready)
    state(live, "Listening")
    # On a busy machine the sound itself may stop, and is offered again.
    assert said(live)[:2] == ["offer", "sync"]
    asked = "server.heard.find(each => each.type === 'sync')"
    assert live.evaluate(asked) == {"type": "sync", "after_seq": 0}
    tell(live, "final", 1, "Said meanwhile.")
    expect(live.locator("#u-1")).to_contain_text("Said meanwhile.")


def test_a_socket_over_which_nothing_comes_is_opened_again(live: Page) -> None:
    live.evaluate("Object.assign(server.ready, {state: 'live', gen: 1})")
    live.evaluate("server.isMute = true")
    until(lambda: live.evaluate("server.sockets.length") > 1, "another socket", 30)
    assert live.evaluate("server.sockets[0].readyState") == 3
    state(live, "Listening")
    expect(live.locator("#outage")).to_be_hidden()


@pytest.mark.parametrize("code", ["worker_lost", "worker_leaves"])
def test_a_lost_worker_is_said_at_once_and_replaced(live: Page, code: str) -> None:
    tell(live, "media", "live", 1, {"clock_ms": 51_000})
    arrange(live, answers=False)
    tell(live, "lose", code, "The server lost it.")
    state(live, "Reconnecting")
    expect(live.locator("#outage")).to_have_text(f"The connection dropped at 0:51. {NOT_RECORDED}")
    expect(live.locator("#outage")).to_have_css("color", "rgb(154, 61, 5)")
    until_said(live, ["offer", "offer"])
    assert live.evaluate("server.heard.findLast(each => each.type === 'offer').gen") == 2
    live.evaluate("server.ready.clock_ms = 58000")
    live.evaluate("server.answer(server.heard.findLast(each => each.type === 'offer'))")
    state(live, "Listening")
    expect(live.locator("#outage")).to_have_text("What you said from 0:51 to 0:58 was not recorded.")
    expect(live.locator("#outage")).not_to_have_css("color", "rgb(154, 61, 5)")


REPORTS_ARRIVE = """() => {
  let bytesReceived = 0;
  RTCPeerConnection.prototype.getStats = async () => {
    bytesReceived += 1;
    return new Map([["transport", { type: "transport", bytesReceived }]]);
  };
}"""


# After an outage of Valkey only its heartbeats were missing.
def test_a_worker_that_still_receives_the_sound_is_kept_until_another_does(live: Page) -> None:
    live.evaluate(REPORTS_ARRIVE)
    arrange(live, answers=False)
    error = {"type": "error", "code": "worker_lost", "message": "The server lost it.", "retryable": True}
    tell(live, "say", error)
    until_said(live, ["offer", "offer"])
    # Nor is anything wrong while no worker takes the next one.
    busy = {"type": "error", "code": "busy", "message": "Nothing is being recorded.", "retryable": True}
    for offers in (3, 4):
        tell(live, "say", busy)
        until_said(live, ["offer"] * offers)
    expect(live.locator("#state")).not_to_have_text("Reconnecting")
    expect(live.locator("#outage")).to_be_hidden()
    assert live.evaluate("server.peers.get(1).connectionState") == "connected"
    live.evaluate("server.answer(server.heard.findLast(each => each.type === 'offer'))")
    until(lambda: live.evaluate("server.peers.get(1).connectionState") != "connected", "the first is closed")
    assert live.evaluate("server.peers.get(4).connectionState") == "connected"
    live.get_by_role("button", name="Pause").click()
    assert not live.evaluate("server.heard.some(each => each.type === 'outages')"), "nothing was missing"


def test_words_that_went_down_with_a_worker_are_not_shown_as_if_they_would_come(
    dictation: Dictation, maren: User
) -> None:
    maren.keep_sound = False
    maren.save()
    live = dictation()
    start(live)
    tell(live, "partial", "u1", "By the time we", "cleared", 45_000)
    tell(live, "media", "live", 1, {"clock_ms": 51_000})
    live.evaluate("server.ready.clock_ms = 58000")
    tell(live, "lose")
    expect(live.locator("#outage")).to_have_text("What you said from 0:45 to 0:58 was not recorded.")
    expect(live.locator("[data-partial] .stable")).to_have_text("")
    expect(live.locator("[data-partial] .tentative")).to_have_text("")


def test_words_that_went_down_with_a_worker_wait_in_their_place_where_sound_is_kept(live: Page) -> None:
    tell(live, "partial", "u1", "By the time we", "cleared", 45_000)
    tell(live, "media", "live", 1, {"clock_ms": 51_000})
    live.evaluate("server.ready.clock_ms = 58000")
    tell(live, "lose")
    expect(live.locator("#outage")).to_have_text("What you said from 0:51 to 0:58 was not recorded.")
    rows = live.locator("#log .row")
    missing = "What you said from 0:51 to 0:58 was not recorded.0:51"
    expect(rows).to_have_text(
        ["By the time we cleared This is being transcribed from the recording.0:45", missing]
    )
    expect(live.locator("[data-partial] .stable")).to_have_text("")
    live.evaluate("server.final(1, 'Then we went on.', {start_ms: 58500})")
    place = "each => each.getBoundingClientRect().top"
    before = [row.evaluate(place) for row in rows.all()]
    live.evaluate("server.final(2, 'By the time we cleared the bay,', {start_ms: 45300, end_ms: 47000})")
    expect(rows).to_have_text(["By the time we cleared the bay,0:45", missing, "Then we went on.0:58"])
    assert [row.evaluate(place) for row in rows.all()] == before, "nothing moves"
    live.evaluate("server.final(3, 'it was dark.', {start_ms: 47800, end_ms: 49000})")
    live.evaluate("server.say({type: 'recovered', start_ms: 44000, end_ms: 58000})")
    expect(rows.locator("[data-text]")).to_have_text(
        ["By the time we cleared the bay,", "it was dark.", "Then we went on."]
    )
    assert "sync" not in said(live)


def test_words_that_went_down_with_a_worker_wait_after_stop_too(live: Page) -> None:
    tell(live, "partial", "u1", "By the time we", "cleared", 5_000)
    live.evaluate("Object.assign(server.ready, {state: 'ended', recovering: true})")
    tell(live, "lose")
    live.get_by_role("button", name="Stop").click()
    state(live, "Saved")
    sentence = "The last words will be transcribed again from the recording."
    expect(live.locator("#outage")).to_have_text(sentence)
    expect(live.locator("#log .row.waiting .words")).to_have_text(
        "By the time we cleared This is being transcribed from the recording."
    )
    expect(live.locator("#detail")).to_have_text("0:12 · 0 sentences saved")
    until_said(live, ["offer", "stop", "sync"])
    live.evaluate("server.final(1, 'By the time we cleared the bay.', {start_ms: 5300, end_ms: 7000})")
    live.evaluate("server.ready.recovering = false")
    live.evaluate("server.say({type: 'recovered', start_ms: 4000, end_ms: 12000})")
    expect(live.locator("#u-1 .words")).to_have_text("By the time we cleared the bay.")
    expect(live.locator("#outage")).to_be_hidden()
    expect(live.locator("#detail")).to_have_text("0:12 · 1 sentence saved")
    assert live.evaluate("server.sockets.at(-1).readyState") == 3


def test_stalled_sound_gets_a_second_connection_and_the_first_is_closed(live: Page) -> None:
    tell(live, "media", "stalled", 1, {"clock_ms": 4000})
    state(live, "Listening")
    until_said(live, ["offer", "offer"])
    # Closed by the browser, its end of the first connection hears of it.
    live.evaluate("""new Promise((done) => {
      const first = server.peers.get(1);
      const look = () => first.connectionState !== "connected" && done();
      first.onconnectionstatechange = look;
      look();
    })""")
    assert live.evaluate("server.peers.get(2).connectionState") == "connected"


def test_a_full_server_says_so_and_is_asked_again(dictation: Dictation) -> None:
    page = dictation()
    arrange(page, answers=False)
    page.get_by_role("button", name="Start").click()
    until_said(page, ["offer"])
    sentence = "This server is busy. Nothing is being recorded. This page keeps trying until there is room."
    tell(page, "say", {"type": "error", "code": "busy", "message": sentence, "retryable": True})
    expect(page.locator("#outage")).to_have_text(sentence)
    arrange(page, answers=True)
    state(page, "Listening")
    expect(page.locator("#outage")).to_be_hidden()
    assert page.evaluate("server.heard.filter(each => each.type === 'offer').map(each => each.gen)") == [1, 2]


def test_a_start_that_cannot_run_says_so_and_changes_nothing(dictation: Dictation) -> None:
    page = dictation()
    arrange(page, answers=False)
    page.get_by_role("button", name="Start").click()
    until_said(page, ["offer"])
    sentence = "You have 2 dictations running. Stop one of them first."
    tell(page, "say", {"type": "error", "code": "too_many_sessions", "message": sentence, "retryable": False})
    expect(page.locator("#outage")).to_have_text(sentence)
    state(page, "Ready")
    expect(page.locator("#preflight")).to_be_visible()
    expect(page.locator("#hint")).to_be_visible()
    expect(page.get_by_role("button", name="Start")).to_be_visible()


def test_stop_lets_the_last_words_out_and_waits_for_them(live: Page) -> None:
    arrange(live, answers=False)
    live.evaluate("""() => {
      window.muted = null;
      const began = performance.now();
      const [receiver] = server.peers.get(1).getReceivers();
      const { RTCPeerConnection: Peer } = window;
      const close = Peer.prototype.close;
      Peer.prototype.close = function () { window.closedAfter = performance.now() - began; return close.call(this); };
    }""")
    tell(live, "partial", "u1", "The last", "words")
    live.get_by_role("button", name="Stop").click()
    state(live, "Stopped")
    expect(live.locator("#detail")).to_have_text("Saving the last words")
    # Nothing looks as if it could be pressed, and an arc turns in place of the square.
    pause, stop = live.get_by_role("button", name="Pause"), live.get_by_role("button", name="Stop")
    expect(pause).to_be_disabled()
    colour = "each => getComputedStyle(each).color"
    assert pause.evaluate(colour) != stop.evaluate(colour)
    mark = stop.locator(".mark")
    assert mark.evaluate("each => getComputedStyle(each).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert mark.evaluate("each => getComputedStyle(each).borderRadius") == "50%"
    assert said(live) == ["offer", "stop"]
    live.wait_for_timeout(700)
    tell(live, "final", 1, "The last words.", {"utterance": "u1"})
    tell(live, "media", "ended", 1, {"reason": "stopped", "clock_ms": 12_000})
    state(live, "Saved")
    assert live.evaluate("closedAfter") > 500
    expect(live.locator("#detail")).to_have_text("0:12 · 1 sentence saved")
    expect(live.locator("#tail")).to_be_hidden()
    link = live.get_by_role("link", name="Open transcript")
    assert link.get_attribute("href") == f"/sessions/{Session.objects.get().pk}/"

    # What is on the page stays until another dictation runs, and after one that never did.
    rows = live.get_by_role("log").locator("[data-seq]")
    address = live.url
    live.get_by_role("textbox", name="Title").fill("The last")
    live.get_by_role("button", name="Start").click()
    until_said(live, ["offer", "stop", "offer"])
    sentence = "You have 2 dictations running. Stop one of them first."
    tell(live, "say", {"type": "error", "code": "too_many_sessions", "message": sentence, "retryable": False})
    expect(live.locator("#outage")).to_have_text(sentence)
    expect(rows).to_have_count(1)
    expect(link).to_be_visible()
    state(live, "Saved")
    expect(live.locator("#detail")).to_have_text("0:12 · 1 sentence saved")
    assert live.url == address
    assert said(live)[3:] == ["stop"], "the new one is given up"

    arrange(live, answers=True)
    live.get_by_role("button", name="Start").click()
    expect(rows).to_have_count(0)
    expect(live.get_by_role("textbox", name="Title")).to_have_value("")
    assert live.url != address
    assert Session.objects.count() == 3


def test_a_dictation_without_a_word_is_not_kept(live: Page) -> None:
    arrange(live, answers=False)
    live.get_by_role("button", name="Stop").click()
    tell(live, "media", "ended", 1, {"reason": "stopped", "clock_ms": 12_000, "kept": False})
    state(live, "Stopped")
    expect(live.locator("#outage")).to_have_text("Nothing was said, so nothing was kept.")
    expect(live.get_by_role("link", name="Open transcript")).to_be_hidden()
    expect(live.locator("#hint")).to_be_visible()
    assert live.url.endswith("/")


def test_a_stop_waits_for_a_server_that_is_away(live: Page) -> None:
    tell(live, "final", 1, "Said before.")
    arrange(live, accepts=False, answers=False)
    tell(live, "drop")
    state(live, "Reconnecting")
    live.get_by_role("button", name="Stop").click()
    expect(live.locator("#outage")).to_have_text(
        "The server cannot be reached. The dictation will be stopped and saved once it can be reached."
    )
    expect(live.locator("#detail")).to_have_text("Not being recorded")
    expect(live.get_by_role("button", name="Pause")).to_be_hidden()
    assert said(live) == ["offer"]
    live.evaluate("server.ready = {...server.ready, state: 'ended', gen: 1, last_seq: 2, clock_ms: 9000}")
    arrange(live, accepts=True)
    until_said(live, ["offer", "sync"])
    tell(live, "final", 2, "Said meanwhile.")
    state(live, "Saved")
    expect(live.locator("#detail")).to_have_text("0:09 · 2 sentences saved")
    expect(live.locator("#outage")).to_be_hidden()


def test_a_dictation_that_was_deleted_elsewhere_says_so_and_leads_to_the_trash(live: Page) -> None:
    tell(live, "final", 1, "Said before.")
    error = {"type": "error", "code": "trashed", "message": "This dictation was deleted.", "retryable": False}
    tell(live, "say", error)
    expect(live.locator("#outage")).to_have_text("This dictation was deleted. Recently deleted")
    live.get_by_role("link", name="Recently deleted").click(trial=True)
    state(live, "Stopped")
    expect(live.get_by_role("log").locator("[data-seq]")).to_have_count(0)
    expect(live.get_by_role("link", name="Open transcript")).to_be_hidden()
    assert live.url.endswith("/")


def test_a_dictation_that_is_kept_for_its_title_promises_nothing(live: Page) -> None:
    live.get_by_role("textbox", name="Title").fill("The ferry")
    live.get_by_role("button", name="Stop").click()
    state(live, "Saved")
    expect(live.locator("#outage")).to_have_text("Nothing was said. The dictation was kept for its title.")
    expect(live.locator("#detail")).to_have_text("0:12")
    expect(live.get_by_role("link", name="Open transcript")).to_be_visible()
    # Nor does the page that shows it again.
    until(lambda: Session.objects.get().title == "The ferry", "its title is saved")
    Session.objects.update(ended_at=timezone.now(), clock_ms=12_000, gen=1)
    live.reload()
    expect(live.locator("#outage")).to_have_text("Nothing was said. The dictation was kept for its title.")
    expect(live.locator("#detail")).to_have_text("0:12")


def test_start_without_a_microphone_leaves_what_is_there(open_page: OpenPage, maren: User) -> None:
    session = make_session(maren, ["One.", "Two."], ended_at=timezone.now(), clock_ms=61_000)
    script = """navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", "NotFoundError"); };"""
    page = open_page(f"/?session={session.pk}", maren, script=script)
    expect(page.locator("#detail")).to_have_text("1:01 · 2 sentences saved")
    page.get_by_role("button", name="Start").click()
    state(page, "No microphone")
    expect(page.get_by_role("log").locator("[data-seq]")).to_have_count(2)
    expect(page.locator("#checks .wrong")).to_contain_text("No microphone is connected.")


def test_a_server_that_stops_says_why(live: Page) -> None:
    tell(live, "media", "ended", 1, {"reason": "silence", "clock_ms": 900_000})
    expect(live.locator("#outage")).to_have_text(
        "We heard nothing for 15 minutes, so we stopped. Everything before that is saved."
    )
    state(live, "Saved")


def test_another_window_takes_it_over_without_a_fight(live: Page) -> None:
    tell(live, "media", "connecting", 2)
    expect(live.locator("#outage")).to_have_text("This dictation is continuing in another window.")
    expect(live.get_by_role("button", name="Start")).to_be_visible()
    assert said(live) == ["offer"]


def test_a_reload_goes_on_by_itself(live: Page) -> None:
    Session.objects.update(gen=1, clock_at=timezone.now())
    live.reload()
    state(live, "Listening")
    assert Session.objects.count() == 1


def test_a_paused_dictation_is_still_paused_after_a_reload(live: Page) -> None:
    live.get_by_role("button", name="Pause").click()
    Session.objects.update(gen=1, paused=True)
    live.reload()
    state(live, "Paused")
    expect(live.get_by_role("button", name="Resume")).to_be_visible()


def test_coming_back_leads_to_the_session_while_it_lives(live: Page) -> None:
    address = live.url
    live.goto("/sessions/")
    live.goto("/")
    live.wait_for_url(address)
    state(live, "Listening")

    live.goto("/sessions/")
    Session.objects.get().end(timezone.now())
    live.goto("/")
    expect(live.locator("#hint")).to_be_visible()
    assert not live.url.endswith(address)

    live.evaluate("sessionStorage.setItem('whisperstream.session', '00000000-0000-4000-8000-000000000000')")
    live.goto("/")
    expect(live.get_by_role("heading", name="Page not found")).to_be_visible()
    live.goto("/")
    expect(live.locator("#hint")).to_be_visible()


def test_a_session_of_another_window_is_not_taken_unasked(open_page: OpenPage, maren: User) -> None:
    session = make_session(maren, ["One.", "Two."], gen=1, clock_at=timezone.now())
    page = open_page(f"/?session={session.pk}", maren, script=SCRIPTED_SERVER.read_text())
    expect(page.locator("#outage")).to_contain_text("Start moves it here")
    along = page.locator("#outage").get_by_role("link", name="Read along")
    expect(along).to_have_attribute("href", f"/captions/{session.pk}/")
    expect(page.get_by_role("log").locator("[data-seq]")).to_have_count(2)
    assert page.evaluate("server.sockets.length") == 0
    start(page)
    assert Session.objects.count() == 1
