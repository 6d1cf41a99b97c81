import { gettext } from "app/shared/i18n";

/** @typedef {{deviceId: string, groupId: string, label: string}} Device */

const ASKED = { noiseSuppression: false, autoGainControl: false };
// Aliases that Chromium lists besides the real devices.
const ALIASES = ["default", "communications"];

const SENTENCES = {
  insecure: gettext("Microphones need a secure address. Open this page with https."),
  refused: gettext(
    "This browser does not let the page use the microphone. Allow it next to the address bar, then test again.",
  ),
  missing: gettext("No microphone is connected."),
  broken: gettext(
    "The microphone is not working, or another program is using it. Close that program, then test again.",
  ),
};

/** @typedef {keyof typeof SENTENCES} ProblemCode */

/** Why the microphone cannot be opened; `message` is a sentence to show. */
export class MicrophoneError extends Error {
  /** @param {ProblemCode} code */
  constructor(code) {
    super(SENTENCES[code]);
    this.code = code;
  }
}

/** An open microphone. `label` is its name, `deviceId` the id of the real device. */
export class Input {
  /**
   * @param {MediaStream} stream
   * @param {Device | undefined} device
   */
  constructor(stream, device) {
    this.stream = stream;
    this.track = stream.getAudioTracks()[0];
    this.deviceId = device?.deviceId ?? "";
    this.label = plainLabel(device?.label || this.track.label);
  }

  close() {
    this.track.onended = this.track.onmute = this.track.onunmute = null;
    this.track.stop();
  }
}

export function isPossible() {
  return window.isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);
}

/** The state of the page's permission to use the microphone; "unknown" if the browser does not tell. */
export async function permission() {
  try {
    return (await navigator.permissions.query({ name: "microphone" })).state;
  } catch {
    return "unknown";
  }
}

/**
 * Calls `changed` whenever a microphone comes or goes, or the permission to use it changes.
 * @param {() => void} changed
 * @param {AbortSignal} signal
 */
export async function watchMicrophones(changed, signal) {
  navigator.mediaDevices?.addEventListener("devicechange", changed, { signal });
  try {
    const status = await navigator.permissions.query({ name: "microphone" });
    status.addEventListener("change", changed, { signal });
  } catch {
    // Some browsers tell nothing about the permission.
  }
}

/**
 * The microphones that the browser names; none without permission.
 * @returns {Promise<Device[]>}
 */
export async function devices() {
  return (await listed()).filter((device) => !ALIASES.includes(device.deviceId));
}

/** Whether there is a microphone at all, which browsers tell without permission too. */
export async function isAnyThere() {
  return (await navigator.mediaDevices.enumerateDevices()).some(({ kind }) => kind === "audioinput");
}

/** The microphone that the browser opens unless it is asked for another; undefined if it does not tell. */
export async function defaultDevice() {
  const all = await listed();
  const alias = all.find((device) => device.deviceId === "default");
  const real = all.filter((device) => !ALIASES.includes(device.deviceId));
  return alias && real.find((device) => device.groupId === alias.groupId && device.label === alias.label);
}

/** @returns {Promise<Device[]>} */
async function listed() {
  if (!isPossible()) return [];
  const all = await navigator.mediaDevices.enumerateDevices();
  return all
    .filter((device) => device.kind === "audioinput" && device.deviceId)
    .map((device) => ({ deviceId: device.deviceId, groupId: device.groupId, label: plainLabel(device.label) }));
}

/**
 * Opens the device with this id, or any device if it is missing or the id is empty. Throws MicrophoneError.
 * @param {string} deviceId
 * @param {boolean} [echoCancellation] - Whether to take away what the computer plays.
 * @returns {Promise<Input>}
 */
export async function openMicrophone(deviceId, echoCancellation = false) {
  if (!isPossible()) throw new MicrophoneError("insecure");
  // Channels that come apart can be looked at before the browser mixes them; with the echo it takes one of them away.
  const asked = { ...ASKED, echoCancellation, channelCount: echoCancellation ? 1 : 2 };
  try {
    return await open(deviceId ? { ...asked, deviceId: { exact: deviceId } } : asked);
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (deviceId && codeOf(name) === "missing") return openMicrophone("", echoCancellation);
    throw new MicrophoneError(codeOf(name));
  }
}

/** @param {MediaTrackConstraints} audio */
async function open(audio) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  const track = stream.getAudioTracks()[0];
  track.contentHint = "speech";
  const used = track.getSettings();
  const known = await devices();
  const device =
    known.find((each) => each.deviceId === used.deviceId) ?? known.find((each) => each.groupId === used.groupId);
  return new Input(stream, device);
}

/** @param {string} name - The `name` of the browser's error. */
function codeOf(name) {
  if (name === "NotAllowedError" || name === "SecurityError") return "refused";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  return "broken";
}

/**
 * Removes the USB id that Chromium appends, as in "Yeti Nano (046d:0ab7)".
 * @param {string} label
 */
function plainLabel(label) {
  return label.replace(/^Default - /, "").replace(/ \([0-9a-f]{4}:[0-9a-f]{4}\)$/i, "");
}
