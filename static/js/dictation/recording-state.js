import { pastText, recordingText, tapedText } from "app/dictation/wording";
import { clockText } from "app/shared/clock";
import { gettext } from "app/shared/i18n";

/** @import { MicrophoneState } from "app/dictation/held-microphone" */
/** @import { ProblemCode } from "app/dictation/microphone" */
/** @import { OutageRange } from "app/dictation/outages" */
/** @import { LiveState } from "app/dictation/session" */
/** @import { Status } from "app/dictation/status-line" */

/**
 * @typedef {object} Facts - What is known of a running dictation. `now` and `aside.until` are moments of
 *   `performance.now()`.
 * @property {LiveState} state
 * @property {boolean} isPaused
 * @property {boolean} isRecording - Whether what is said reaches the server.
 * @property {OutageRange | null} outage - The current or latest time range in which nothing was recorded.
 * @property {number} clockMs - The session's clock.
 * @property {string} trouble - The server's sentence about what is wrong, or an empty string.
 * @property {MicrophoneState} microphone
 * @property {boolean} isQuiet - Whether the microphone has delivered no sound for a while.
 * @property {{text: string, until: number}} aside - A sentence about something that has happened.
 * @property {number} now
 *
 * @typedef {object} Shown - What the page says about it.
 * @property {Status} status
 * @property {string | null} detail - Null for the length of the dictation and how much of it is saved.
 * @property {string} sentence - May be empty.
 * @property {boolean} isPast - Whether the sentence is about something that is over, or no trouble.
 */

/**
 * How the status line tells why there is no microphone, and what to do.
 * @type {Record<ProblemCode, {status: Status, detail: string}>}
 */
export const MICROPHONE_STATUS = {
  insecure: { status: "insecure", detail: gettext("Open this page with https") },
  refused: { status: "refused", detail: gettext("Allow it next to the address bar") },
  missing: { status: "missing", detail: gettext("Connect a microphone") },
  broken: { status: "broken", detail: gettext("Another program may be using it") },
};

const PAST_MS = 20000;

/**
 * What to do, and what to do in a pause, after which a dictation goes on only when it is resumed.
 * @type {Record<ProblemCode | "muted", [string, string]>}
 */
const REMEDIES = {
  insecure: [gettext("Open this page with https."), gettext("Open this page with https.")],
  refused: [
    gettext("Allow the microphone next to the address bar, and the dictation goes on by itself."),
    gettext("Allow the microphone next to the address bar, then press Resume."),
  ],
  missing: [gettext("Connect one, and the dictation goes on by itself."), gettext("Connect one, then press Resume.")],
  broken: [
    gettext("Another program may be using it. Close that program, and the dictation goes on by itself."),
    gettext("Another program may be using it. Close that program, then press Resume."),
  ],
  muted: [
    gettext("Unmute it in the system or on the device, and the dictation goes on by itself."),
    gettext("Unmute it in the system or on the device, then press Resume."),
  ],
};
const LATER = gettext("The server cannot be reached. The dictation will be stopped and saved once it can be reached.");
const NOT_CONNECTED = gettext("Not connected. What you say is recorded on this device, and its words follow.");
const TELEPHONE = gettext(
  "The microphone sends telephone quality, as Bluetooth headsets do. More words are wrong than with another microphone.",
);

/**
 * What the page says of a running dictation: whether what is said is recorded, and if not, since when, why, and what to
 * do.
 * @param {Facts} facts
 * @returns {Shown}
 */
export function describe(facts) {
  const wrong = troubles(facts).join(" ");
  const sentence = wrong || pastTexts(facts).join(" ");
  return { ...statusOf(facts), sentence, isPast: !wrong };
}

/**
 * @param {Facts} facts
 * @returns {{status: Status, detail: string | null}}
 */
function statusOf({ state, isPaused, isRecording, outage, clockMs, microphone, isQuiet }) {
  const { kind, label, why } = microphone;
  if (state === "stopping") return { status: "stopped", detail: gettext("Saving the last words") };
  if (state === "waiting") return { status: "reconnecting", detail: recordingText(false) };
  if (isPaused) {
    if (state === "reconnecting") return { status: "paused", detail: gettext("Connecting again") };
    return { status: "paused", detail: kind === "gone" ? MICROPHONE_STATUS[why ?? "missing"].detail : null };
  }
  if (state === "connecting") return { status: "connecting", detail: "" };
  if (state === "reconnecting") {
    const isAway = !isRecording && outage?.until === null && outage.isTaped;
    if (isAway && kind === "open") return { status: "away", detail: tapingText(clockMs - outage.at) };
    return { status: isAway ? "away" : "reconnecting", detail: recordingText(isRecording) };
  }
  if (kind === "gone") return { status: MICROPHONE_STATUS[why ?? "missing"].status, detail: sinceText(outage) };
  if (kind === "muted") return { status: "muted", detail: sinceText(outage) };
  if (isQuiet) return { status: "nothing", detail: gettext("No sound from %(microphone)s", { microphone: label }) };
  return { status: "listening", detail: null };
}

/**
 * The sentences about what is wrong now.
 * @param {Facts} facts
 */
function troubles({ state, isPaused, outage, trouble, microphone }) {
  if (state === "stopping") return [];
  if (state === "waiting") return [LATER];
  const { kind, why } = microphone;
  const at = !isPaused && outage?.until === null ? clockText(outage.at) : null;
  const sentences = [];
  if (state === "reconnecting" && at !== null && kind === "open") {
    sentences.push(outage?.isTaped ? NOT_CONNECTED : droppedText(at));
  }
  if (kind === "gone") sentences.push(goneText(at), remedy(why ?? "missing", isPaused));
  if (kind === "muted") sentences.push(mutedText(at), remedy("muted", isPaused));
  return [...sentences, trouble].filter(Boolean);
}

/**
 * The sentences about what is over, and about what is no trouble.
 * @param {Facts} facts
 */
function pastTexts({ state, outage, aside, microphone, now }) {
  const sentences = [];
  if (outage && outage.until !== null && now - outage.endedAt < PAST_MS) {
    sentences.push((outage.isTaped ? tapedText : pastText)(clockText(outage.at), clockText(outage.until)));
  }
  if (now < aside.until) sentences.push(aside.text);
  if (microphone.isTelephone && state !== "stopping") sentences.push(TELEPHONE);
  return sentences;
}

/**
 * @param {ProblemCode | "muted"} problem
 * @param {boolean} isPaused
 */
function remedy(problem, isPaused) {
  const [now, inPause] = REMEDIES[problem];
  return isPaused ? inPause : now;
}

/** @param {OutageRange | null} outage */
function sinceText(outage) {
  if (outage?.until !== null) return recordingText(false);
  return gettext("Not recorded since %(at)s", { at: clockText(outage.at) });
}

/** @param {number} milliseconds */
function tapingText(milliseconds) {
  return gettext("Recording on this device, %(clock)s so far", { clock: clockText(milliseconds) });
}

/** @param {string} at */
function droppedText(at) {
  return gettext("The connection dropped at %(at)s. What you say now is not being recorded.", { at });
}

/** @param {string | null} at */
function goneText(at) {
  return at === null
    ? gettext("No microphone: what you say is not recorded.")
    : gettext("No microphone: what you say is not recorded, since %(at)s.", { at });
}

/** @param {string | null} at */
function mutedText(at) {
  return at === null
    ? gettext("The microphone is muted: what you say is not recorded.")
    : gettext("The microphone is muted: what you say is not recorded, since %(at)s.", { at });
}
