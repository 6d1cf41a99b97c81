"""The sound of a transcript: played, gone through, and followed word by word."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from playwright.sync_api import Page, expect

from captions.audio.ogg import OggOpusFile
from captions.models import Recording, Session, User
from captions.models.recording import sound_storage
from captions.recordings import waveform
from tests.factories import make_session, make_utterance
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, WIDE, OpenPage
from tests.processes import until
from tests.speech_data import load_pcm, load_reference
from tests.webrtc.speech_packets import packets_of

NOTE = load_reference("note-en-us")


@pytest.fixture
def spoken(maren: User, tmp_path: Path) -> Iterator[Session]:
    """A transcript of the recorded note, with its sound."""
    session = make_session(
        maren, title="A note", ended_at=timezone.now(), keep_sound=True, clock_ms=NOTE.duration_ms
    )
    for sentence in NOTE.sentences:
        words = [word for word in NOTE.words if sentence.start_ms <= word.start_ms < sentence.end_ms]
        make_utterance(
            session,
            " ".join(word.text for word in words),
            start_ms=sentence.start_ms,
            end_ms=sentence.end_ms,
            words=[
                {
                    "text": f" {word.text}",
                    "start_ms": word.start_ms,
                    "end_ms": word.end_ms,
                    "probability": 0.9,
                }
                for word in words
            ],
        )
    file = OggOpusFile(tmp_path / "sound.opus")
    for number, packet in enumerate(packets_of(load_pcm("note-en-us"))):
        file.write(packet.payload, number * 960, 960)
    file.close()
    content = (tmp_path / "sound.opus").read_bytes()
    Recording.objects.create(
        session=session,
        file=sound_storage().save(f"{session.pk}.opus", ContentFile(content)),
        duration_ms=file.end // 48,
        size=len(content),
    )
    waveform.draw_missing()
    yield session
    sound_storage().delete(session.recording.file.name or "")


@pytest.fixture
def unclear(spoken: Session) -> Session:
    """The same, and of its second sentence one word could not be made out."""
    second = spoken.utterances.get(seq=2)
    second.words[2] |= {"text": " [unclear]", "probability": 0.0}
    second.text = "".join(word["text"] for word in second.words).strip()
    second.save()
    return spoken


def seconds(page: Page) -> float:
    at: float = page.locator("#player-audio").evaluate("audio => audio.currentTime")
    return at


def heard(page: Page) -> str:
    """The word that is marked as being heard."""
    word: str = page.evaluate("[...(CSS.highlights.get('heard') ?? [])].map(String).join()")
    return word


def _has_room_for_longer_words(page: Page) -> None:
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        heights, room = page.evaluate("""() => {
          const labels = [...document.querySelectorAll(".player .dock-field label")];
          const play = document.querySelector("#player-play");
          const before = [labels[1].textContent, play.lastElementChild.textContent];
          [labels[1].textContent, play.lastElementChild.textContent] = ["Ohne Pausen", "Abspielen"];
          const heights = labels.map((label) => label.getBoundingClientRect().height);
          const [box, left, right] = [play, play.firstElementChild, play.lastElementChild]
            .map((each) => each.getBoundingClientRect());
          [labels[1].textContent, play.lastElementChild.textContent] = before;
          return [heights, Math.min(left.left - box.left, box.right - right.right)];
        }""")
        assert len(set(heights)) == 1, "each name takes one line"
        assert room >= 12


def _begins_with_a_sentence_and_play_at_a_high_zoom(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 200})
    line, dock, play = page.evaluate("""() => [
      document.querySelector("#rows .words").getClientRects()[0].bottom,
      document.querySelector(".dock").getBoundingClientRect().top,
      document.querySelector("#player-play").getBoundingClientRect().bottom,
    ]""")
    page.set_viewport_size(WIDE)
    assert line <= dock
    assert play <= 200


def test_playing_and_following(open_page: OpenPage, spoken: Session) -> None:
    page = open_page(spoken.get_absolute_url(), spoken.user)
    play, line = (
        page.get_by_role("button", name="Play", exact=True),
        page.get_by_role("slider", name="Position"),
    )
    expect(page.locator(".player-of")).to_have_text("of 0:20")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme
    expect(play).to_be_enabled()
    _has_room_for_longer_words(page)
    _begins_with_a_sentence_and_play_at_a_high_zoom(page)
    expect(page.locator(".row.playing")).to_have_count(0)
    assert heard(page) == "", "before anything was played, no word is current"
    play.click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(page.locator(".row.playing")).to_have_count(1)
    until(lambda: bool(heard(page)), "a word is marked")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(play).to_be_visible()

    # A word is played when somebody points at it, and marked while it is heard.
    row = page.locator("#rows [data-seq]").nth(1)
    word = NOTE_WORDS[1][2]
    box = row.locator("[data-text]").evaluate(
        """(element, number) => {
          const words = element.textContent.split(' ');
          const from = words.slice(0, number).join(' ').length + 1;
          const range = document.createRange();
          range.setStart(element.firstChild, from + 1);
          range.setEnd(element.firstChild, from + 2);
          const { left, top, height } = range.getBoundingClientRect();
          return { x: left, y: top + height / 2 };
        }""",
        2,
    )
    page.mouse.click(box["x"], box["y"])
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    page.get_by_role("button", name="Pause", exact=True).click()
    assert word.start_ms - 100 <= seconds(page) * 1000 <= word.start_ms + 2_000
    page.evaluate(
        "ms => { document.getElementById('player-audio').currentTime = ms / 1000 }", word.start_ms + 20
    )
    until(lambda: heard(page) == word.text, word.text)

    # The line is a slider, with the keyboard too, and a link leads to it.
    page.get_by_role("link", name="Skip to player").press("Enter")
    page.keyboard.press("Tab")
    expect(line).to_be_focused()
    page.keyboard.press("Home")
    expect(line).to_have_attribute("aria-valuetext", "0:00 of 0:20")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(line).to_have_attribute("aria-valuetext", "0:04 of 0:20")
    page.get_by_role("button", name="Back 2 s").click()
    assert seconds(page) == pytest.approx(2, abs=0.05)
    line.click(position={"x": line.evaluate("each => each.clientWidth") / 2, "y": 20})
    assert seconds(page) == pytest.approx(10, abs=0.5)

    # What somebody chose is kept for the next page.
    page.get_by_label("Speed").select_option("2×")
    page.get_by_label("Skip silence").select_option("On")
    page.set_viewport_size(NARROW)
    assert violations(page) == []
    page.reload()
    expect(page.get_by_label("Speed")).to_have_value("2")
    assert page.locator("#player-audio").evaluate("audio => audio.playbackRate") == 2
    # A sentence's time is a button, one key from where Tab stops.
    row.locator(".row-edit").focus()
    page.keyboard.press("ArrowLeft")
    expect(row.get_by_role("button", name="Play from")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    assert seconds(page) * 1000 >= NOTE.sentences[1].start_ms - 100


NOTE_WORDS = [
    [word for word in NOTE.words if sentence.start_ms <= word.start_ms < sentence.end_ms]
    for sentence in NOTE.sentences
]


def test_an_address_says_where(open_page: OpenPage, spoken: Session) -> None:
    word = NOTE_WORDS[2][1]
    url = spoken.get_absolute_url()
    for address, text in (
        (f"{url}?at={word.start_ms + 10}", word.text),
        (f"{url}#t={(word.start_ms + 10) / 1000}", word.text),
        (f"{url}?q={word.text}#u-3", word.text),
        (f"{url}#u-2", NOTE_WORDS[1][0].text),
    ):
        page = open_page(address, spoken.user)
        until(lambda: heard(page) == text, text)  # noqa: B023
        assert page.locator("#player-audio").evaluate("audio => audio.paused")


def test_the_sound_comes_when_it_is_ready(open_page: OpenPage, spoken: Session) -> None:
    Recording.objects.update(peaks=b"")
    page = open_page(spoken.get_absolute_url(), spoken.user)
    expect(page.get_by_role("region", name="Recording")).to_have_text("The recording is being prepared.")
    waveform.draw_missing()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    until(lambda: bool(heard(page)), "a word is marked")


@pytest.mark.parametrize(
    ("fields", "deleted", "sentence"),
    [
        ({"keep_sound": False}, False, "The recording of this dictation was not saved, only the text."),
        ({"keep_sound": True}, True, "was deleted automatically on"),
        (
            {"keep_sound": True},
            False,
            "The recording of this dictation could not be saved. The text is complete.",
        ),
    ],
    ids=["not wanted", "deleted", "failed"],
)
def test_why_there_is_none(
    open_page: OpenPage, maren: User, fields: dict[str, bool], deleted: bool, sentence: str
) -> None:
    session = make_session(maren, ["one"], ended_at=timezone.now() - timedelta(hours=1), **fields)
    if deleted:
        Recording.objects.create(session=session, duration_ms=1, deleted_at=timezone.now())
    page = open_page(session.get_absolute_url(), maren)
    expect(page.get_by_role("region", name="Recording")).to_contain_text(sentence)
    expect(page.locator(".dock")).to_have_count(0)
    assert violations(page) == []


def test_a_sentence_is_corrected_while_it_is_heard(open_page: OpenPage, spoken: Session) -> None:
    page = open_page(spoken.get_absolute_url(), spoken.user)
    # Only where there is a player does a single click play, and a double click edit.
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
    row = page.locator("#rows [data-seq]").nth(1)
    row.locator("[data-text]").dblclick()
    field = row.locator("textarea")
    expect(field).to_be_focused()
    # A double click edits and nothing else; even somebody who writes can play and pause.
    page.wait_for_timeout(400)
    assert page.locator("#player-audio").evaluate("audio => audio.paused && !audio.currentTime")
    text = field.input_value()
    page.keyboard.press("Alt+Enter")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    page.keyboard.press("Alt+Enter")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value(text)
    # The dock is no place that one leaves the sentence for.
    expect(field).to_be_visible()
    start = int(row.get_attribute("data-start-ms") or 0) / 1000
    field.focus()
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(field).to_have_value(text)
    page.get_by_role("button", name="Pause", exact=True).click()
    assert max(0, start - 2.2) <= seconds(page) < start + 2
    # It ends soon after the sentence.
    field.focus()
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    end = int(row.get_attribute("data-end-ms") or 0) / 1000
    page.locator("#player-audio").evaluate("(audio, at) => { audio.currentTime = at }", end + 1.9)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert end + 1.9 <= seconds(page) < end + 3
    # The mark for playing stays beside the time, however tall the box is.
    time = row.locator(".when").bounding_box()
    assert time
    assert time["height"] <= 32
    # What is beneath the words of the last sentence is not beneath the dock.
    page.set_viewport_size({"width": 360, "height": 640})
    page.locator("#rows .row-edit").last.press("Enter")
    tools, dock = page.locator(".editor-tools").bounding_box(), page.locator(".dock").bounding_box()
    assert tools
    assert dock
    assert tools["y"] + tools["height"] <= dock["y"]
    page.locator("#rows .row-edit").nth(1).focus()
    page.keyboard.press("Enter")
    field.fill("Something else.")
    expect(row.locator("[data-state]")).to_have_text("✓ Saved")
    assert spoken.utterances.get(seq=2).text == "Something else."
    row.get_by_role("button", name="▶ Play from").click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    assert violations(page) == []


def test_the_time_of_a_hit_plays_from_its_word(open_page: OpenPage, spoken: Session) -> None:
    page = open_page("/sessions/?q=contracts", spoken.user)
    word = next(word for word in NOTE.words if word.text == "contract")
    page.get_by_role("link", name="Play from").click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    until(lambda: seconds(page) * 1000 >= word.start_ms, "it is heard")
    assert seconds(page) * 1000 <= word.start_ms + 3_000
    # Whoever loads the page again finds the place, and silence.
    page.reload()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert seconds(page) * 1000 == pytest.approx(word.start_ms, abs=300)
    expect(page.locator("mark")).to_have_text("contract")


def test_the_sound_of_what_could_not_be_made_out_is_one_click_away(
    unclear: Session, open_page: OpenPage, maren: User
) -> None:
    page = open_page(unclear.get_absolute_url(), maren)
    at_ms = NOTE_WORDS[1][2].start_ms
    place = page.locator(".unclear")
    expect(place).to_have_text("[unclear]")
    expect(place).to_have_role("button")
    expect(place).to_have_accessible_name("[unclear]")
    expect(place).to_have_accessible_description("Nothing could be understood here. Play it.")
    pause = page.get_by_role("button", name="Pause", exact=True)
    for key in ("", "Enter"):
        if key:
            place.press(key)
        else:
            place.click()
        expect(pause).to_be_visible()
        pause.click()
        assert at_ms - 100 <= seconds(page) * 1000 <= at_ms + 2_000
        page.evaluate("document.getElementById('player-audio').currentTime = 0")
    assert violations(page) == []
    # It stays so while the words that the model was not sure of are shown, and after a correction.
    page.get_by_role("button", name="Possible mistakes").click()
    expect(page.locator(".word.unclear.unsure")).to_have_role("button")
    page.get_by_role("button", name="Possible mistakes").click()
    expect(page.locator("[data-text] > .unclear:not(.word)")).to_have_role("button")
