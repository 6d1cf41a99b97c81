"""Before Start: in words, why nothing can be heard, and what to do about it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from captions.models import User
from captions.protocol.registry import WorkerState
from tests.pages.axe import violations
from tests.pages.conftest import OpenPage, start, tell
from tests.review.support import make_reviewer

# Two microphones without a sound, in place of what is plugged into the machine.
SILENT = """
  const devices = ["Built-in Audio", "Yeti Nano"].map((label, i) => (
    { kind: "audioinput", deviceId: `device${i}`, groupId: `group${i}`, label }
  ));
  navigator.mediaDevices.enumerateDevices = async () => devices;
  navigator.mediaDevices.getUserMedia = async ({ audio }) => {
    const context = new AudioContext();
    const sink = context.createMediaStreamDestination();
    const wanted = audio.deviceId?.exact ?? "device0";
    if (wanted === "device1") {
      const tone = new OscillatorNode(context, { frequency: 300 });
      tone.connect(sink);
      tone.start();
    }
    const [track] = sink.stream.getAudioTracks();
    track.getSettings = () => ({ deviceId: wanted });
    return sink.stream;
  };
"""


def refusing(error: str, permission: str) -> str:
    return f"""
      navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException("no", {json.dumps(error)}); }};
      navigator.permissions.query = async () => ({{ state: {json.dumps(permission)} }});
    """


def test_all_well_is_one_line(open_page: OpenPage, maren: User) -> None:
    page = open_page("/", maren)
    lines = page.locator("#checks .check-sentence")
    expect(lines.first).to_have_text("Ready. We hear you on Fake Default Audio Input.")
    expect(page.locator("#state")).to_have_text("Ready")
    # The browser does not tell which of the others its default is.
    assert page.locator("#microphone option:checked").text_content() == "Fake Default Audio Input"
    expect(lines.nth(1)).to_contain_text(
        "The recording is saved with the text for 90 days. Don't save the recording"
    )
    said = page.locator("#checks .check-detail")
    expect(said).to_contain_text("Nobody else with an account here can read the text or play the recording.")
    expect(said).to_contain_text("Speech is recognised on this server.")
    expect(lines.last).to_have_text("You can add names and technical terms. Edit vocabulary")


def test_no_secure_address(open_page: OpenPage, maren: User) -> None:
    page = open_page("/", maren, script="Object.defineProperty(window, 'isSecureContext', { value: false });")
    sentence = "Microphones need a secure address. Open this page with https."
    expect(page.locator("#checks .wrong")).to_have_text(f"{sentence}")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#checks .wrong")).to_have_text(sentence)
    expect(page.get_by_role("button", name="Start")).to_be_enabled()


def test_no_microphone_is_said_before_anybody_is_asked(open_page: OpenPage, maren: User) -> None:
    page = open_page(
        "/",
        maren,
        script="""
          navigator.mediaDevices.enumerateDevices = async () => window.devices ?? [];
          navigator.permissions.query = async () => Object.assign(new EventTarget(), { state: "prompt" });
        """,
    )
    expect(page.locator("#checks .wrong")).to_contain_text("No microphone is connected.")
    expect(page.locator("#state")).to_have_text("No microphone")
    # Without permission it has no name.
    page.evaluate(
        """() => {
          window.devices = [{ kind: "audioinput", deviceId: "", groupId: "", label: "" }];
          navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
        }"""
    )
    expect(page.locator("#checks")).to_contain_text(
        "When you press Start, the browser asks for the microphone."
    )
    expect(page.locator("#state")).to_have_text("Ready")


@pytest.mark.parametrize(
    ("error", "permission", "sentence"),
    [
        ("NotAllowedError", "denied", "This browser does not let the page use the microphone."),
        ("NotFoundError", "granted", "No microphone is connected."),
        ("NotReadableError", "granted", "The microphone is not working, or another program is using it."),
    ],
)
def test_no_sound_to_be_had(
    error: str, permission: str, sentence: str, open_page: OpenPage, maren: User
) -> None:
    page = open_page("/", maren, script=refusing(error, permission))
    expect(page.locator("#checks .wrong")).to_contain_text(sentence)
    expect(page.get_by_role("button", name="Test again")).to_be_visible()
    assert violations(page) == []


def test_nothing_is_asked_before_a_button_is_pressed(open_page: OpenPage, maren: User) -> None:
    script = (
        refusing("NotAllowedError", "prompt")
        + """
      const ask = navigator.mediaDevices.getUserMedia;
      window.asked = 0;
      navigator.mediaDevices.getUserMedia = () => { window.asked += 1; return ask(); };
    """
    )
    page = open_page("/", maren, script=script)
    test = page.get_by_role("button", name="Test the microphone")
    expect(test).to_be_visible()
    assert page.evaluate("asked") == 0
    test.click()
    expect(page.locator("#checks .wrong")).to_contain_text("does not let the page use the microphone")
    assert page.evaluate("asked") == 1


def test_a_silent_microphone_and_one_beside_it(open_page: OpenPage, maren: User) -> None:
    page = open_page("/", maren, script=SILENT)
    wrong = page.locator("#checks .wrong")
    expect(wrong).to_contain_text("We hear nothing from Built-in Audio.")
    expect(page.locator("#state")).to_have_text("No speech detected yet")
    expect(page.locator("#detail")).to_have_text("You can start anyway")
    assert violations(page) == []
    page.get_by_role("button", name="Use Yeti Nano instead").click()
    expect(page.locator("#checks")).to_contain_text("Ready. We hear you on Yeti Nano.")
    expect(page.get_by_label("Microphone", exact=True)).to_have_value("device1")
    page.reload()
    expect(page.locator("#checks")).to_contain_text("Ready. We hear you on Yeti Nano.")


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def are(*states: Any) -> None:
        monkeypatch.setattr("captions.protocol.registry.workers", lambda: list(states))
        monkeypatch.setattr("captions.web.operations.workers", lambda: list(states))

    return are


def test_a_model_on_its_way(models: Callable[..., None], open_page: OpenPage, maren: User) -> None:
    sentence = "The model base is being downloaded."
    models(WorkerState("worker", "loading", sentence, done=62_000_000, total=145_000_000))
    page = open_page("/", maren)
    line = page.locator("#checks .check-line", has_text=sentence)
    expect(line).to_contain_text("62 of 145 MB")
    models(WorkerState("worker", "ready", room=1, model="base"))
    expect(line).to_have_count(0)


def test_a_model_that_cannot_be_loaded(models: Callable[..., None], open_page: OpenPage, maren: User) -> None:
    models(WorkerState("worker", "failed", "There is no model at /nowhere."))
    page = open_page("/", maren)
    expect(page.locator("#checks .wrong").first).to_have_text("There is no model at /nowhere.")


def test_sound_of_one_dictation_is_kept_or_not(dictation: Callable[..., Page], maren: User) -> None:
    page = dictation()
    line = page.locator("#checks .check-line", has_text="The recording is")
    line.get_by_role("button", name="Don't save the recording").focus()
    page.keyboard.press("Enter")
    expect(line).to_contain_text("The recording is not saved, only the text.")
    expect(line).to_contain_text("Nobody else with an account here can read the text.")
    expect(line.get_by_role("button", name="Save the recording")).to_be_visible()
    start(page)
    assert not maren.sessions.get().keep_sound
    # It is about this dictation only.
    page = dictation()
    expect(page.locator("#checks")).to_contain_text("The recording is saved with the text for 90 days.")
    start(page)
    assert maren.sessions.newest_first()[0].keep_sound
    message = "The recording cannot be saved at the moment."
    tell(page, "say", {"type": "error", "code": "sound_not_kept", "message": message, "retryable": False})
    expect(page.locator("#outage")).to_have_text(message)
    expect(page.locator("#detail")).to_contain_text("0 sentences saved, no recording")
    tell(page, "media", "live", 1)
    expect(page.locator("#detail")).to_contain_text("no recording")
    expect(page.locator("#state")).to_have_text("Listening")
    tell(page, "say", {"type": "sound_kept"})
    expect(page.locator("#outage")).to_have_text("The recording is saved again. Some of it is missing.")
    expect(page.locator("#detail")).not_to_contain_text("no recording")


def test_who_else_can_read_and_hear_is_said(open_page: OpenPage, maren: User) -> None:
    make_reviewer("priya")
    page = open_page("/", maren)
    them = "Reviewers and administrators of this server can read the text"
    expect(page.locator("#checks")).to_contain_text(f"{them} and play the recording; that is logged.")
    page.get_by_role("button", name="Don't save the recording").click()
    expect(page.locator("#checks")).to_contain_text(f"{them}; that is logged.")
    page.goto("/settings/")
    expect(page.locator("main")).to_contain_text("You, and the reviewers and administrators of this server.")
