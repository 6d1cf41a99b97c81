"""Parts of the dictation page, each alone in a browser, where a whole page would have to be hurried or broken."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

Run = Callable[[str], Any]


@pytest.fixture
def run(bare_page: Page, transactional_db: None) -> Run:
    """Runs statements with `use(module)`, an empty element `place`, and `later(ms)`; returns what they return."""
    return lambda script: bare_page.evaluate(f"""async () => {{
      const use = (module) => import(`app/${{module}}`);
      const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      const place = document.body.appendChild(document.createElement("div"));
      try {{ {script} }} finally {{ place.remove(); }}
    }}""")


def test_a_microphone_that_ended_before_anybody_listened_is_gone(run: Run) -> None:
    found = run("""
      const { HeldMicrophone } = await use("dictation/held-microphone");
      const track = { readyState: "ended", muted: false, getSettings: () => ({}) };
      const input = { stream: null, track, deviceId: "", label: "Desk", close() {} };
      const heard = [];
      const held = new HeldMicrophone(input, "", {
        changed: () => heard.push("changed"),
        replaced: (sound) => heard.push(sound.track.kind),
        told: () => {},
      });
      await later(0);
      const { kind, why } = held.state;
      held.close();
      return [heard, kind, why];
    """)
    assert found == [["audio", "changed"], "gone", "missing"]


def test_of_two_checks_at_once_only_the_latest_listens(run: Run) -> None:
    found = run("""
      const { Preflight } = await use("dictation/preflight");
      place.innerHTML = `<div id="checks"></div>`;
      const context = new AudioContext();
      const asked = [];
      const { getUserMedia } = navigator.mediaDevices;
      navigator.mediaDevices.getUserMedia = () => new Promise((resolve) => asked.push(resolve));
      const picker = { deviceId: "", refresh: () => later(100) };
      const voiceLine = { start() {}, stop() {} };
      const preflight = new Preflight({
        section: place, picker, voiceLine, statusLine: { show() {} }, model: { state: "ready" },
        listening: { count: 0 }, sound: { line: { kind: "done", sentence: "" } }, sharing: { lines: [] },
      });
      const checks = [preflight.test(), preflight.test()];
      await later(0);
      const streams = asked.map(() => context.createMediaStreamDestination().stream);
      asked.forEach((resolve, number) => resolve(streams[number]));
      await Promise.all(checks);
      const during = streams.map((stream) => stream.getAudioTracks()[0].readyState);
      preflight.close();
      const after = streams.map((stream) => stream.getAudioTracks()[0].readyState);
      navigator.mediaDevices.getUserMedia = getUserMedia;
      await context.close();
      return [during, after];
    """)
    assert found == [["ended", "live"], ["ended", "ended"]]


def test_a_sentence_that_is_changed_keeps_the_focus_and_moves_only_if_it_must(run: Run) -> None:
    found = run("""
      const { Transcript } = await use("dictation/transcript");
      place.innerHTML = `<template id="row-template"><div class="row"><time class="when"></time>
        <p class="words" data-text></p></div></template><div></div>`;
      const log = place.lastElementChild;
      const transcript = new Transcript(log);
      const add = (seq, version, start_ms) =>
        transcript.add({ seq, version, start_ms, end_ms: start_ms + 9, text: `${seq}.`, language: "" });
      for (const seq of [1, 2, 3]) add(seq, 1, seq * 1000);
      const row = log.children[1];
      row.tabIndex = 0;
      row.focus();
      transcript.addSilently([]);
      add(2, 2, 2100);
      const isKept = document.activeElement === row;
      add(2, 3, 3100);
      return [isKept, [...log.children].map((each) => each.dataset.seq)];
    """)
    assert found == [True, ["1", "3", "2"]]


def test_an_editor_that_closes_saves_what_waits(run: Run) -> None:
    found = run("""
      const { Editing } = await use("transcript/editing");
      const { Rows } = await use("transcript/rows");
      place.innerHTML = `<template id="correction-template"><div class="correction"><span data-places></span>
        <button data-do="all"></button><button data-do="take-back"></button><button data-do="vocabulary"></button>
        <button data-do="instead"></button><span data-problem></span></div></template>
        <template id="editor-template"></template>
        <div data-url="/sessions/1/"><div id="u-7" data-seq="7" data-version="1"><p data-text>One.</p></div></div>`;
      const rows = new Rows(place.lastElementChild);
      const editing = new Editing(rows, { settled() {}, counted() {}, said() {}, note() {} });
      const { fetch } = window;
      const sent = [];
      window.fetch = (url, { body }) => (sent.push([url, body.get("text")]), new Promise(() => {}));
      editing.sentence(rows.get(7)).change("Two.");
      editing.close();
      await later(0);
      window.fetch = fetch;
      sessionStorage.clear();
      return sent;
    """)
    assert found == [["/sessions/1/utterances/7/", "Two."]]


def test_the_keys_that_start_a_dictation_save_the_title_first(run: Run) -> None:
    found = run("""
      const { Title } = await use("dictation/title");
      place.innerHTML = `<textarea>Ferry</textarea><p hidden></p>`;
      const [field, error] = place.children;
      const title = new Title(field, error, "/rename/");
      const { fetch } = window;
      const sent = [];
      window.fetch = async (url, { body }) => (sent.push([url, body.get("title")]), new Response("", { status: 204 }));
      field.focus();
      field.value = "Ferries";
      const press = (ctrlKey) => new KeyboardEvent("keydown", { key: "Enter", ctrlKey, cancelable: true });
      const isPassedOn = field.dispatchEvent(press(true));
      const isFocused = document.activeElement === field;
      await later(0);
      window.fetch = fetch;
      title.close();
      return [sent, isPassedOn, isFocused];
    """)
    assert found == [[["/rename/", "Ferries"]], True, True]


def test_continue_keeps_the_focus_while_it_starts(run: Run) -> None:
    found = run("""
      const { Controls } = await use("dictation/controls");
      place.innerHTML = ["start", "continue", "pause", "resume", "stop"].map((id) =>
        `<button id="${id}" disabled><span class="mark"></span><span data-name></span></button>`).join("");
      const pressed = [];
      const action = (name) => [name, () => pressed.push(name)];
      const controls = new Controls(Object.fromEntries(["start", "continue", "pause", "resume", "stop"].map(action)));
      controls.hasEnded = true;
      const button = document.getElementById("continue");
      button.focus();
      button.click();
      controls.show("starting");
      const during = document.activeElement.id;
      controls.show("live");
      const after = document.activeElement.id;
      controls.close();
      return [pressed, during, after];
    """)
    assert found == [["continue"], "continue", "pause"]


# A session whose socket the script holds in `socket`, and what it was told in `heard`.
_SESSION = """
  const { LiveSession } = await use("dictation/session");
  const { WebSocket: RealSocket } = window;
  const sockets = [];
  const sent = [];
  window.WebSocket = class {
    static OPEN = 1;
    readyState = 1;
    constructor() { sockets.push(this); }
    send(text) { sent.push(JSON.parse(text)); }
    close() { this.readyState = 3; }
  };
  const heard = [];
  const track = { enabled: true };
  const session = new LiveSession({
    url: "ws://nowhere/", sound: { track, stream: null }, settings: {}, isPaused: false, isNew: false,
    on: { changed() {}, text() {}, warned() {}, soundLost() {}, soundKept() {}, dropUnsaved: () => null,
      lastSeq: () => 0, ended: (end) => heard.push(end.reason) },
  });
"""


def test_no_sound_is_sent_after_stop_by_whatever_microphone(run: Run) -> None:
    found = run(
        _SESSION
        + """
      session.stop();
      const other = { enabled: true };
      session.replaceSound({ track: other, stream: null });
      session.close();
      window.WebSocket = RealSocket;
      return other.enabled;
    """
    )
    assert found is False


@pytest.mark.parametrize("state", ["ended", "live", None])
def test_a_stop_without_an_answer_asks_for_the_true_state_over_a_new_socket(
    state: str | None, run: Run
) -> None:
    found = run(
        "const { setTimeout: inTime } = window; window.setTimeout = (call, ms) => inTime(call, ms / 100);"
        + _SESSION
        + f"const state = {json.dumps(state)};"
        + """
      const answer = (state) => sockets.at(-1).onmessage(
        { data: JSON.stringify({ type: "ready", state, gen: 1, last_seq: 0, clock_ms: 0, ice_servers: [] }) });
      answer("paused");
      sent.length = 0;
      session.stop();
      await later(20_000);
      const during = [heard.length, sockets.length];
      // The new socket says how it is: it has ended, or it runs still, or nothing.
      if (state) answer(state);
      await later(20_000);
      window.setTimeout = inTime;
      session.close();
      window.WebSocket = RealSocket;
      return [during, sent.map(({ type }) => type), session.state, heard];
    """
    )
    assert found == [
        [0, 2],
        ["stop", "stop"] if state == "live" else ["stop"],
        "waiting" if state is None else "stopping",
        {"ended": ["stopped"], "live": ["unconfirmed"], None: []}[state],
    ]
