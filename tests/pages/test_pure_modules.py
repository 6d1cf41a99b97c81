"""The modules that only compute, in the browser that runs them."""

import json
import wave
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from captions.protocol import sound_frames
from captions.transcripts.wording import Wording


@pytest.fixture
def run(bare_page: Page, transactional_db: None) -> Callable[[str, str], Any]:
    """Evaluates an expression over `m`, a module."""
    return lambda module, expression: bare_page.evaluate(f"import('app/{module}').then((m) => {expression})")


def test_clock_text(run: Callable[[str, str], Any]) -> None:
    texts = run("shared/clock", "[0, 4180, 761999, 3753000, -5].map(m.clockText)")
    assert texts == ["0:00", "0:04", "12:41", "1:02:33", "0:00"]


def test_session_clock_runs_only_when_told_to(run: Callable[[str, str], Any]) -> None:
    assert (
        run("shared/clock", "{ const c = new m.SessionClock(); c.set(1000, true, 50); return c.read(550); }")
        == 1500
    )
    assert (
        run("shared/clock", "{ const c = new m.SessionClock(); c.set(1000, false, 50); return c.read(550); }")
        == 1000
    )


def test_backoff_doubles_up_to_a_limit_and_begins_anew(run: Callable[[str, str], Any]) -> None:
    waits = run(
        "shared/backoff",
        """{
          const backoff = new m.Backoff({ first: 500, most: 8000, random: () => 1 });
          const waits = Array.from({ length: 6 }, () => backoff.next());
          backoff.reset();
          return [...waits, backoff.next(), new m.Backoff({ random: () => 0 }).next()];
        }""",
    )
    assert waits == [500, 1000, 2000, 4000, 8000, 8000, 500, 250]


def test_progress_has_no_number_before_there_is_one(run: Callable[[str, str], Any]) -> None:
    values = "[[null, null], [1, null], [30, 90]].map(([percent, seconds_left]) => {call})"
    upload = "m.standing({ state: 'working', percent, seconds_left })"
    pass_again = "m.progressOf({ state: 'working', percent, seconds_left })"
    by_itself = "m.listeningText({ state: 'working', percent })"
    assert run("uploads/wording", values.replace("{call}", upload)) == [
        "Transcribing",
        "1 %",
        "30 %, about 2 minutes left",
    ]
    assert run("second-pass/wording", values.replace("{call}", pass_again)) == [
        "Transcribing again",
        "Transcribing again: 1 %",
        "Transcribing again: 30 %, about 2 minutes left",
    ]
    assert run("second-pass/state", values.replace("{call}", by_itself))[:2] == [
        "Transcribing the whole recording again.",
        "Transcribing the whole recording again: 1 %",
    ]


# Outages of a session whose clock stands at `now`, and what they tell the server.
_OUTAGES = """
  let now = 0;
  let isMissed = true;
  const sent = [];
  const on = {
    isMissed: () => isMissed, changed() {}, dropUnsaved: () => 39_000, send: (message) => sent.push(message),
  };
  const outages = new m.Outages({ read: () => now }, on);
  const at = (ms, what) => { now = ms; outages[what](); };
"""


def test_an_outage_goes_on_after_a_pause_and_each_is_remembered(run: Callable[[str, str], Any]) -> None:
    ranges, sent = run(
        "dictation/outages",
        "{"
        + _OUTAGES
        + """
          at(7000, "begin");
          at(14000, "end");
          at(14000, "begin");
          at(21000, "end");
          at(30000, "end");
          isMissed = false;
          at(35000, "begin");
          isMissed = true;
          outages.isTaped = true;
          at(40000, "begin");
          const before = outages.over;
          at(41000.4, "end");
          outages.report();
          return [[before, outages.over], sent];
        }""",
    )
    first = {"at": 7000, "until": 21000, "isTaped": False}
    assert ranges == [[first], [first, {"at": 40000, "until": 41000, "isTaped": True}]]
    assert sent == [{"type": "outages", "ranges": [[7000, 21000], [40000, 41000]]}]


def test_an_outage_reaches_back_to_the_words_that_were_lost_with_a_worker(
    run: Callable[[str, str], Any],
) -> None:
    over = run(
        "dictation/outages",
        "(async () => {"
        + _OUTAGES
        + """
          at(40000, "begin");
          at(41000, "end");
          outages.isWorkerLost = true;
          await new Promise((changed) => { on.changed = changed; outages.workerChanged(); });
          return outages.over;
        })()""",
    )
    assert over == [{"at": 39000, "until": 41000, "isTaped": False}]


def test_what_was_no_outage_after_all_is_forgotten(run: Callable[[str, str], Any]) -> None:
    ranges = run(
        "dictation/outages",
        "{"
        + _OUTAGES
        + """
          at(7000, "begin");
          at(14000, "end");
          outages.drop();
          at(40000, "begin");
          outages.drop();
          return outages.over;
        }""",
    )
    assert ranges == [{"at": 7000, "until": 14000, "isTaped": False}]


def test_of_an_outage_that_was_delivered_no_sliver_is_left(run: Callable[[str, str], Any]) -> None:
    ranges = run(
        "dictation/outages",
        "{"
        + _OUTAGES
        + """
          for (const [start, until] of [[7000, 14000], [20000, 20600], [30000, 50000]]) {
            at(start, "begin");
            at(until, "end");
          }
          outages.fill(6000, 13200);
          outages.fill(35000, 40000);
          return outages.over.map(({ at, until }) => [at, until]);
        }""",
    )
    assert ranges == [[20000, 20600], [30000, 35000], [40000, 50000]]


def test_sound_was_captured_when_its_samples_say_however_late_they_come(
    run: Callable[[str, str], Any],
) -> None:
    moments = run(
        "dictation/tape/capture-clock",
        """{
          const clock = new m.CaptureClock();
          const moments = [];
          for (const endedAt of [1400, 1300, 1550, 1560, 1610]) {
            const start = clock.take(100, endedAt);
            moments.push(Math.round(clock.zeroAt + start));
          }
          // The device slept.
          const start = clock.take(100, 41700);
          return [...moments, Math.round(clock.zeroAt + start), Math.round(start)];
        }""",
    )
    assert moments == [1300, 1200, 1300, 1400, 1500, 41600, 40500]


def test_the_sound_goes_over_webrtc_wherever_that_carries(run: Callable[[str, str], Any]) -> None:
    choices = run(
        "dictation/road/choice",
        """{
          const choice = new m.RoadChoice();
          const seen = [choice.choice];
          choice.allow(["webrtc", "websocket"]);
          choice.failed("webrtc");
          seen.push(choice.choice);
          choice.canUseSocket = true;
          seen.push(choice.choice);
          choice.carries("websocket");
          seen.push(choice.choice);
          choice.carries("webrtc");
          seen.push(choice.choice);
          choice.failed("websocket");
          seen.push(choice.choice);
          choice.allow(["websocket"]);
          seen.push(choice.choice);
          return seen;
        }""",
    )
    assert choices == ["webrtc", "webrtc", "websocket", "websocket", "webrtc", "webrtc", "websocket"]


def test_webrtc_that_did_not_get_through_the_last_time_is_tried_soon_beside_a_websocket(
    run: Callable[[str, str], Any],
) -> None:
    choices = run(
        "dictation/road/choice",
        """{
          const backoff = { next: () => 10_000, reset() {} };
          const choice = new m.RoadChoice({ backoff, isBlocked: true });
          choice.allow(["webrtc", "websocket"]);
          const seen = [choice.choice];
          choice.canUseSocket = true;
          seen.push(choice.choice);
          choice.carries("websocket");
          seen.push(choice.retryMs(), choice.retryMs());
          choice.retries();
          seen.push(choice.retryMs());
          return seen;
        }""",
    )
    assert choices == ["webrtc", "websocket", 500, 500, 10_000]


def test_a_server_that_takes_sound_over_a_websocket_only_is_waited_for(
    run: Callable[[str, str], Any],
) -> None:
    choices = run(
        "dictation/road/choice",
        """[null, true, false].map((can) => {
          const choice = new m.RoadChoice();
          choice.allow(["websocket"]);
          if (can !== null) choice.canUseSocket = can;
          return choice.choice;
        })""",
    )
    # A browser that cannot is told by the server that it takes nothing over WebRTC.
    assert choices == [None, "websocket", "webrtc"]


def test_the_last_packets_are_kept_and_sent_without_a_hole(run: Callable[[str, str], Any]) -> None:
    found = run(
        "dictation/road/ring",
        """{
          const ring = new m.PacketRing(100);
          const seen = [[ring.start, ring.end]];
          const at = (number) => number * m.PACKET_TICKS;
          for (const number of [1, 2, 4, 5]) ring.add({ position: at(number), payload: new Uint8Array(1) });
          const places = (packets) => packets.map(({ position }) => position / m.PACKET_TICKS);
          seen.push([ring.start, ring.end / m.PACKET_TICKS]);
          seen.push(places(ring.from(0, 9)), places(ring.from(at(3), 9)), places(ring.from(at(4), 1)));
          seen.push(places(ring.from(at(6), 9)));
          ring.add({ position: at(7), payload: new Uint8Array(1) });
          seen.push([ring.start / m.PACKET_TICKS]);
          return seen;
        }""",
    )
    assert found == [[0, 0], [0, 6], [1, 2], [4, 5], [4], [], [4]]


def test_packets_are_packed_as_the_server_reads_them(run: Callable[[str, str], Any]) -> None:
    payloads = "[Uint8Array.of(0x48, 1), Uint8Array.of(0x48, 2, 3)]"
    message = run("dictation/road/frame", f"[...m.frame(48_000 * 3600 * 5, 1234.4, {payloads})]")
    found = sound_frames.parse(bytes(message))
    assert found.age_ms == 1234
    assert [(each.position, each.payload) for each in found.packets] == [
        (864_000_000, b"\x48\x01"),
        (864_000_960, b"\x48\x02\x03"),
    ]


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_samples_get_another_rate_piece_by_piece(rate: int, run: Callable[[str, str], Any]) -> None:
    tone = (
        f"const tone = (hertz) => Float32Array.from({{ length: {rate} }}, (_, n) => wave(hertz, n / {rate}));"
    )
    written = run(
        "dictation/tape/resampler",
        "{ const wave = (hertz, seconds) => Math.sin(2 * Math.PI * hertz * seconds);"
        + tone
        + f"""
          const through = (samples) => {{
            const resampler = new m.Resampler({rate}, 16_000);
            const written = [];
            for (let at = 0; at < samples.length; at += 997) {{
              written.push(...resampler.write(samples.subarray(at, at + 997)));
            }}
            return [...written, ...resampler.end()];
          }};
          return [440, 3_000, 11_000].map((hertz) => through(tone(hertz)));
        }}""",
    )
    seconds = np.arange(16_000) / 16_000
    inner = slice(100, -100)
    for hertz, samples in zip((440, 3_000), written[:2], strict=True):
        assert len(samples) == 16_000
        expected = np.sin(2 * np.pi * hertz * seconds)
        assert np.abs(np.array(samples) - expected)[inner].max() < 0.01
    if rate > 22_000:
        assert np.abs(np.array(written[2]))[inner].max() < 0.003, (
            "what the lower rate cannot hold is left out"
        )


def test_samples_are_packets_with_their_places_and_a_file(run: Callable[[str, str], Any]) -> None:
    places, file = run(
        "dictation/tape/pcm",
        """import("app/dictation/tape/wav").then(async ({ wav }) => {
          const packets = [];
          const encoder = new m.PcmEncoder(48_000, (packet) => packets.push(packet));
          encoder.write(new Float32Array(4_800).fill(0.5), 1_000);
          // The session stood still.
          encoder.write(new Float32Array(4_800).fill(-2), 5_000);
          await encoder.flush();
          const file = new Uint8Array(await wav(packets.map(({ payload }) => payload)).arrayBuffer());
          return [packets.map(({ at }) => at), [...file]];
        })""",
    )
    assert places == [*range(1_000, 1_100, 20), *range(5_000, 5_100, 20)]
    with wave.open(BytesIO(bytes(file))) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 16_000)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    assert samples.size == 3_200
    assert samples[800] == pytest.approx(16_384, abs=200)
    assert samples[2_400] == -32_767


def test_hours_of_sound_are_read_and_delivered_piece_by_piece(run: Callable[[str, str], Any]) -> None:
    read, sent = run(
        "dictation/tape/delivery",
        """(async () => {
          const meta = document.head.appendChild(document.createElement("meta"));
          meta.name = "csrf-token";
          const { fetch } = window;
          const sent = [];
          window.fetch = async (address) => {
            const { searchParams } = new URL(address, location.href);
            sent.push(["start_ms", "end_ms"].map((name) => Number(searchParams.get(name))));
            return new Response("{}", { headers: { "Content-Type": "application/json" } });
          };
          const block = (_, id) => ({ id, start_ms: id * 1000, end_ms: id * 1000 + 1000 });
          const blocks = Array.from({ length: 120 }, block);
          const read = [];
          const store = { get: async (ids) => { read.push(ids.length); return ids.map((id) => blocks[id]); } };
          // A packet without content, 50 times.
          const key = { decrypt: async () => new Uint8Array(100) };
          const isSent = await new m.Delivery(store, key, "/nowhere/").send([...blocks].reverse());
          window.fetch = fetch;
          meta.remove();
          return [read, isSent && sent];
        })()""",
    )
    assert read == [55, 55, 14]
    assert sent == [[0, 55_000], [53_000, 108_000], [106_000, 120_000]]


def test_what_is_delivered_at_once_is_without_holes_and_of_one_kind(run: Callable[[str, str], Any]) -> None:
    blocks = [
        {"id": number, "start_ms": start, "end_ms": start + 1_000, **more}
        for number, (start, more) in enumerate(
            [(0, {}), (1_000, {}), (3_000, {}), (4_000, {"isPcm": True}), (5_000, {"isPcm": True})]
        )
    ]
    found = run("dictation/tape/delivery", f"m.pieces({json.dumps(blocks)})")
    assert [[block["id"] for block in piece] for piece in found] == [[0, 1], [2], [3, 4]]


def test_a_button_says_how_much_it_undoes(run: Callable[[str, str], Any]) -> None:
    labels = run(
        "second-pass/wording", "[[1, 1], [3, 3], [1, 3], [2, 3]].map(([n, all]) => m.undoAll(n, all))"
    )
    assert labels == ["Undo it", "Undo all 3", "Undo the last one", "Undo the last 2"]


@pytest.mark.parametrize(
    ("address", "transport", "usable"),
    [
        ("192.168.1.7", "udp", True),
        ("2001:db8::7", "udp", True),
        ("192.168.1.7", "tcp", False),
        ("6a2c1f4e-1111-2222-3333-444455556666.local", "udp", False),
        ("127.0.0.1", "udp", False),
        ("::1", "udp", False),
        ("169.254.10.2", "udp", False),
        ("fe80::1", "udp", False),
    ],
)
def test_candidates(address: str, transport: str, usable: bool, run: Callable[[str, str], Any]) -> None:
    line = f"candidate:1 1 {transport} 2122260223 {address} 51234 typ host generation 0"
    assert run("dictation/candidates", f"m.isUsable({line!r}, 512)") is usable
    assert run("dictation/candidates", f"m.isUsable({line!r}, 20)") is False


def test_the_line_is_a_hairline_in_silence_and_six_pixels_at_a_loud_voice(
    run: Callable[[str, str], Any],
) -> None:
    assert run("shared/pen", "[-100, -51, -50, -30, -10, 0].map(m.halfThickness)") == pytest.approx(
        [0, 0, 0.6, 3.3, 6, 6]
    )


def test_how_an_end_is_told(run: Callable[[str, str], Any]) -> None:
    data = "{ silence_minutes: 15, session_hours: 4 }"
    ends = run(
        "dictation/wording",
        f"['stopped', 'limit', 'taken', 'server', 'deleted', 'trashed', 'not_found']"
        f".map((reason) => m.endText({{ reason, message: '', isKept: true }}, {data}))",
    )
    assert [end["state"] for end in ends] == ["saved", "saved", *["stopped", "saved"], *["stopped"] * 3]
    assert ends[1]["sentence"] == "A dictation can last up to 4 hours, so we stopped. All of it is saved."
    assert [end["isOver"] for end in ends] == [True, True, False, True, True, True, True]
    assert [end["isDeleted"] for end in ends] == [False] * 4 + [True] * 3
    assert [end["sentence"] for end in ends[5:]] == ["This dictation was deleted."] * 2
    assert "saved" not in ends[4]["sentence"], "nothing is: it goes with its account"


def test_what_was_kept_without_a_word_says_why(run: Callable[[str, str], Any]) -> None:
    kept: dict[str, Any] = {"isEmpty": True, "hasOutage": False, "title": "The ferry"}
    others: list[dict[str, Any]] = [{"isEmpty": False}, {"hasOutage": True}, {"title": ""}]
    texts = run(
        "dictation/wording", f"{json.dumps([kept, *(kept | each for each in others)])}.map(m.wordlessText)"
    )
    assert texts == ["Nothing was said. The dictation was kept for its title.", "", "", ""]


@pytest.mark.parametrize(
    ("facts", "status", "detail", "sentence"),
    [
        ({}, "listening", None, ""),
        ({"isQuiet": True}, "nothing", "No sound from Desk", ""),
        ({"isPaused": True}, "paused", None, ""),
        ({"isPaused": True, "state": "reconnecting"}, "paused", "Connecting again", ""),
        (
            {"isPaused": True, "microphone": {"kind": "gone", "why": "broken"}},
            "paused",
            "Another program",
            "No m",
        ),
        ({"state": "connecting", "microphone": {"kind": "gone", "why": "missing"}}, "connecting", "", "No m"),
        (
            {"isPaused": True, "microphone": {"kind": "gone", "why": "missing"}},
            "paused",
            "Connect",
            "No microphone: what you say is not recorded. Connect one, then press Resume.",
        ),
        (
            {"isPaused": True, "microphone": {"kind": "muted"}},
            "paused",
            None,
            "The microphone is muted: what you say is not recorded. "
            "Unmute it in the system or on the device, then press",
        ),
        ({"state": "stopping", "microphone": {"kind": "gone", "why": "missing"}}, "stopped", "Saving", ""),
        (
            {"state": "waiting", "isPaused": True, "microphone": {"kind": "gone", "why": "missing"}},
            "reconnecting",
            "Not being recorded",
            "The server cannot be reached. The dictation will be stopped and saved once it can be reached.",
        ),
        (
            {"state": "reconnecting", "outage": {"at": 51_000, "until": None}},
            "reconnecting",
            "Not",
            "The con",
        ),
        (
            {
                "state": "reconnecting",
                "clockMs": 58_000,
                "outage": {"at": 51_000, "until": None, "isTaped": True},
            },
            "away",
            "Recording on this device, 0:07 so far",
            "Not connected. What you say is recorded on this device, and its words follow.",
        ),
        (
            {
                "state": "reconnecting",
                "outage": {"at": 51_000, "until": None, "isTaped": True},
                "microphone": {"kind": "gone", "why": "missing"},
            },
            "away",
            "Not being recorded",
            "No microphone",
        ),
        (
            {"outage": {"at": 51_000, "until": None}, "microphone": {"kind": "gone", "why": "refused"}},
            "refused",
            "Not recorded since 0:51",
            "No microphone: what you say is not recorded, since 0:51. Allow the microphone",
        ),
        (
            {"outage": {"at": 51_000, "until": None}, "microphone": {"kind": "muted"}},
            "muted",
            "Not recorded since 0:51",
            "The microphone is muted: what you say is not recorded, since 0:51.",
        ),
        (
            {"outage": {"at": 51_000, "until": 58_000, "endedAt": 90_000}},
            "listening",
            None,
            "What you said from 0",
        ),
        ({"outage": {"at": 51_000, "until": 58_000, "endedAt": 70_000}}, "listening", None, ""),
        ({"microphone": {"isTelephone": True}}, "listening", None, "The microphone sends telephone quality"),
        ({"aside": {"text": "Switched.", "until": 110_000}}, "listening", None, "Switched."),
        ({"aside": {"text": "Switched.", "until": 99_000}}, "listening", None, ""),
        ({"trouble": "Busy.", "state": "reconnecting"}, "reconnecting", "Not being", "Busy."),
    ],
)
def test_what_the_page_says_of_a_dictation(
    facts: dict[str, Any], status: str, detail: str | None, sentence: str, run: Callable[[str, str], Any]
) -> None:
    usual: dict[str, Any] = {
        "state": "listening",
        "isPaused": False,
        "isRecording": False,
        "outage": None,
        "trouble": "",
        "isQuiet": False,
        "aside": {"text": "", "until": 0},
        "now": 100_000,
    }
    microphone = {"kind": "open", "label": "Desk", "why": None, "isTelephone": False} | facts.get(
        "microphone", {}
    )
    data = json.dumps(usual | facts | {"microphone": microphone})
    shown = run("dictation/recording-state", f"m.describe({data})")
    assert shown["status"] == status
    assert shown["detail"] is None if detail is None else shown["detail"].startswith(detail)
    assert shown["sentence"].startswith(sentence)
    assert bool(shown["sentence"]) == bool(sentence)


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("", "We", "We"),
        ("We meet", "at noon", "We meet at noon"),
        ("We meet", " at noon", "We meet at noon"),
        ("We meet ", "at noon", "We meet at noon"),
        ("We meet", ". Then", "We meet. Then"),
        ("We meet", ",", "We meet,"),
        ("Do we", "?", "Do we?"),
        ("We", "… meet", "We… meet"),
        ("(we meet", ") at noon", "(we meet) at noon"),
        ("“We meet", ".” She", "“We meet.” She"),
        ("“We meet", "” she said", "“We meet” she said"),
        ("She said", '"We meet"', 'She said "We meet"'),
        ('"We meet', '" she said', '"We meet" she said'),
        ("It was", "’tis", "It was ’tis"),
        ("We meet", "– at noon", "We meet – at noon"),
        ("今日は", "天気です", "今日は天気です"),
        ("今日は", "。明日", "今日は。明日"),
        ("你好", "，世界", "你好，世界"),
        ("สวัสดี", "ครับ", "สวัสดีครับ"),
        ("안녕", "세상", "안녕 세상"),
        ("مرحبا", "، كيف", "مرحبا، كيف"),
        ("هل", "؟", "هل؟"),
        ("नमस्ते", "। आप", "नमस्ते। आप"),
    ],
)
def test_text_is_joined_as_it_is_written(
    before: str, after: str, joined: str, run: Callable[[str, str], Any]
) -> None:
    assert run("dictation/joining", f"m.join({json.dumps(before)}, {json.dumps(after)})") == joined


@pytest.mark.parametrize(
    ("stable", "tentative", "rows"),
    [
        ("I went", "home", [" home"]),
        ("I went home", ".", ["."]),
        ("I went home", ". Then I", [".", "Then I"]),
        ("I went", "home. Then. But", [" home.", "Then.", "But"]),
        ("I went home", "... Then", ["...", "Then"]),
        ("I went home", "... then", ["... then"]),
        ("I went home", ". then", [". then"]),
        ("I went home", ", then", [", then"]),
        ("One. Two", "three", [" three"]),
        ("I met", "Dr. Rendall", [" Dr. Rendall"]),
        ("I met Dr", ". Rendall", [". Rendall"]),
        ("It is the", "3. Mai", [" 3. Mai"]),
        ("Did I", 'go?" She said', [' go?"', "She said"]),
        ("It costs", "2.50 there", [" 2.50 there"]),
        ("今日は晴れ", "。明日は", ["。", "明日は"]),
        ("", "Well. Now", ["Well.", "Now"]),
    ],
)
def test_a_sentence_that_seems_to_follow_is_told_apart(
    stable: str, tentative: str, rows: list[str], run: Callable[[str, str], Any]
) -> None:
    assert run("dictation/joining", f"m.following({json.dumps(stable)}, {json.dumps(tentative)})") == rows


def test_the_tail_drops_what_nobody_touches_any_more(run: Callable[[str, str], Any]) -> None:
    at_ms, dropped, is_before, text, languages = run(
        "dictation/tail",
        """{
          document.body.innerHTML = `<template id="row-template"></template>`;
          const element = document.createElement("div");
          element.innerHTML =
            `<p><b class="words"><i class="stable"></i><i class="tentative"></i><i class="caret"></i></b></p>`;
          const tail = new m.Tail(element);
          tail.set({ utterance: "a", start_ms: 5000, stable: "Lost", tentative: "", language: "de" });
          tail.set({ utterance: "b", start_ms: 9000, stable: "Going", tentative: "", language: "" });
          const moment = performance.now() + 1;
          while (performance.now() <= moment);
          tail.set({ utterance: "b", start_ms: 9000, stable: "Going on", tentative: "" });
          const spoken = element.querySelector(".words").lang;
          const { start_ms, text, language, touchedAt } = tail.drop(moment);
          return [start_ms, text, touchedAt < moment, element.textContent, spoken + language];
        }""",
    )
    assert (at_ms, dropped, is_before, text) == (5000, "Lost", True, "Going on")
    assert languages == "dede"


@pytest.mark.parametrize(
    ("wording", "text"),
    [
        (Wording("purse her", "x"), "The purse  her, PURSE HER. Purse her! purser"),
        (Wording("cat", "x"), "A cat in a catalogue; bobcat, cat."),
        (Wording("cat", "x", whole_words=False), "A cat in a catalogue; bobcat, cat."),
        (Wording("Cat", "x", match_case=True), "cat Cat CAT"),
        (Wording("it's", "x"), "It’s so, it's. Bit's."),
        (Wording("天気", "x"), "今日は天気だ"),
        (Wording("a.b+(c)/[d]-e\\$^|{}", "x"), "a.b+(c)/[d]-e\\$^|{} a1b"),
        (Wording("$5", "x"), "It cost $5, US$5 or $55."),
        (Wording("été", "x"), "un été, étés"),
        (Wording("कर", "x"), "वे काम करें और कर दें"),
        (Wording("कि", "x"), "किताब कि कि।"),
        (Wording("cafe", "x"), "cafe\u0301, cafe"),
        (Wording("می", "x"), "می می‌خواهم"),
        (Wording("น", "x"), "นาน้ำนำ"),
        (Wording("ကို", "x"), "ကိုက"),
        (Wording("𠮷", "x"), "𠮷野家"),
        (Wording("  ", "x"), "a  b"),
    ],
)
def test_find_sees_the_places_that_replace_all_changes(
    wording: Wording, text: str, run: Callable[[str, str], Any]
) -> None:
    options = {"matchCase": wording.match_case, "wholeWords": wording.whole_words}
    arguments = ", ".join(map(json.dumps, (text, wording.sought, options)))
    assert len(run("transcript/wording", f"m.placesOf({arguments})")) == wording.places(text)


def test_texts_are_cut_between_the_characters_that_people_see(run: Callable[[str, str], Any]) -> None:
    assert run("shared/characters", "[m.cut('ab', 5), m.cut('ae\u0301', 2), m.cut('a👨‍👩‍👧‍👦b', 6)]") == [
        "ab",
        "a",
        "a",
    ]


def test_autosave_tries_again_and_never_sends_two_at_once(run: Callable[[str, str], Any]) -> None:
    heard, sent = run(
        "transcript/autosave",
        """(async () => {
          const heard = [], sent = [];
          let release;
          const answers = [
            () => new Promise((resolve) => { release = resolve; }),
            () => Promise.reject(Object.assign(new Error("Away."), { status: 0 })),
            () => Promise.resolve({}),
            () => Promise.reject(Object.assign(new Error(), { status: 409, data: { row: { version: 3 } } })),
            () => Promise.resolve({}),
          ];
          const send = (text) => { sent.push(text); return answers.shift()(); };
          const late = { delay: 1e6, backoff: { next: () => 1e6, reset() {} } };
          const saving = new m.Autosave(send, ({ state }) => heard.push(state), late);
          saving.change("a");
          const first = saving.flush();
          saving.change("ab");
          const second = saving.flush();
          release({});
          await first;
          await second;
          saving.change("abc");
          await saving.flush();
          saving.change("abcd");
          await saving.flush();
          saving.change("abcde");
          await saving.flush();
          await saving.settle();
          return [heard, sent];
        })()""",
    )
    assert sent == ["a", "ab", "abc", "abcd", "abcde"]
    assert heard == [
        *("dirty", "saving", "dirty", "dirty"),
        *("saving", "waiting", "dirty", "saving", "saved"),
        *("dirty", "saving", "conflict", "saving", "saved"),
    ]


def test_a_sentence_without_text_is_known_but_not_shown(run: Callable[[str, str], Any]) -> None:
    shown, last, spoken = run(
        "dictation/transcript",
        """{
          document.body.innerHTML = `<template id="row-template">
            <div class="row"><time class="when"></time><p class="words" data-text></p></div></template>`;
          const log = document.createElement("div");
          const transcript = new m.Transcript(log);
          transcript.add({ seq: 1, start_ms: 0, end_ms: 9, text: "" });
          transcript.add({ seq: 2, start_ms: 0, end_ms: 9, text: "Zusammen.", language: "de" });
          transcript.add({ seq: 3, start_ms: 0, end_ms: 9, text: "Bareng.", language: "jw" });
          transcript.add({ seq: 4, start_ms: 0, end_ms: 9, text: "Joined.", language: "" });
          transcript.add({ seq: 2, version: 2, start_ms: 0, end_ms: 9, text: "Zusammen gefügt.", language: "de" });
          const spoken = [...log.querySelectorAll(".words")].map((words) => words.getAttribute("lang"));
          return [[...log.children].map((row) => !row.hidden), transcript.lastSeq, spoken];
        }""",
    )
    assert (shown, last) == ([False, True, True, True], 4)
    assert spoken == [None, "de", "jv", None]


def test_silence_is_skipped_but_no_pause_within_speech(run: Callable[[str, str], Any]) -> None:
    spans = [
        {"start": 4_000, "end": 6_000},
        {"start": 6_800, "end": 8_000},
        {"start": 7_000, "end": 9_000},
        {"start": 12_000, "end": 13_000},
    ]
    at = [0, 3_900, 5_000, 6_400, 8_500, 9_100, 9_300, 11_740, 12_500, 20_000]
    found = run("player/silence", f"{json.dumps(at)}.map((ms) => m.nextSpeech({json.dumps(spans)}, ms))")
    # The silence after the last word may hold what was not recognised.
    assert found == [3_750, None, None, None, None, None, 11_750, None, None, None]
    assert run("player/silence", "m.nextSpeech([], 0)") is None


def test_words_are_found_in_a_text_that_was_corrected(run: Callable[[str, str], Any]) -> None:
    words = [
        {"text": text, "start_ms": number * 100}
        for number, text in enumerate([" The", " purse", " her,", " the", " ferry"])
    ]
    found = run("player/words", f"m.placed({json.dumps(words)}, 'The purser, the ferry.')")
    assert [(word["from"], word["to"], word["start"]) for word in found] == [
        (0, 3, 0),
        (4, 9, 100),
        (12, 15, 300),
        (16, 21, 400),
    ]


def test_lines_that_are_shown_anew_give_the_focus_back_after_a_dialog(run: Callable[[str, str], Any]) -> None:
    found = run(
        "dictation/check-lines",
        """{
          const lines = document.body.appendChild(document.createElement("div"));
          const dialog = document.body.appendChild(document.createElement("dialog"));
          const pressed = [];
          const show = (kind) => m.showLines(lines, [
            { sentence: "First.", kind, buttons: [["Try again", () => pressed.push(`first ${kind}`)]] },
            { sentence: "Second.", kind: "done", link: ["Edit", () => pressed.push(`second ${kind}`)],
              buttons: [["Try again", () => pressed.push("other")]] },
          ]);
          show("wrong");
          lines.querySelector(".link").focus();
          dialog.showModal();
          show("waiting");
          dialog.close();
          const focused = document.activeElement;
          lines.querySelectorAll("button").forEach((button) => button.click());
          const found = [focused.textContent, focused.isConnected, lines.querySelectorAll("button").length, pressed];
          lines.remove();
          dialog.remove();
          return found;
        }""",
    )
    assert found == ["Edit", True, 3, ["first waiting", "second waiting", "other"]]
