/** @import { Speaker } from "app/shared/names" */
/** @import { SentenceData } from "app/shared/row" */

/**
 * The messages of the wire protocol, version 1 (docs/protocol.md). Times are milliseconds on the session's clock.
 *
 * Messages from the browser:
 *
 * @typedef {object} Endpointing - A field that is null keeps the account's value.
 * @property {number | null} threshold
 * @property {number | null} prefix_ms
 * @property {number | null} silence_ms
 *
 * @typedef {{vocabulary: string[], commands: boolean | null, translate: boolean | null, cleaning: string | null,
 *   endpointing: Endpointing}} ListeningOptions - `commands` says whether spoken commands are obeyed; null keeps the
 *   account's value. `translate` is null where the speech model cannot. `cleaning` says which noise is taken out: off,
 *   near, far, or empty for the account's value; null where the server cannot.
 * @typedef {{language: string} & ListeningOptions} ListeningSettings
 * @typedef {{[name in keyof ListeningSettings]?: ListeningSettings[name]}} ListeningChange - What it leaves out stays.
 * @typedef {ListeningChange & {shared?: boolean, taped?: boolean}} OfferSettings - If `shared`, the track has two
 *   channels: the microphone, and the sound that the browser shares. If `taped`, what no worker heard will be delivered.
 *
 * @typedef {{type: "offer", gen: number, sdp: string, settings: OfferSettings}} Offer
 * @typedef {{type: "candidate", gen: number, candidate: string | null}} Candidate
 * @typedef {"webrtc" | "websocket"} RoadName
 *
 * @typedef {{type: "pause" | "resume" | "stop"}} Control
 * @typedef {{type: "sync", after_seq: number}} Sync
 * @typedef {{type: "outages", ranges: number[][]}} Outages - Where nothing was recorded, in milliseconds.
 * @typedef {Offer | Candidate | Control | Sync | Outages} ClientMessage
 *
 * Messages from the server:
 *
 * @typedef {object} Ready
 * @property {"ready"} type
 * @property {"new" | "live" | "paused" | "lost" | "ended"} state
 * @property {number} gen
 * @property {number} last_seq
 * @property {number} clock_ms
 * @property {number} safe_ms - As in `Safe`.
 * @property {boolean} [recovering] - Whether words are still to be transcribed from the recording.
 * @property {number[][]} [outages] - Where nothing was recorded: pairs of milliseconds, once it has ended.
 * @property {RTCIceServer[]} ice_servers
 * @property {RoadName[]} [roads] - On which roads the server takes sound; over WebRTC if it does not say.
 * @property {{candidate_bytes: number, candidates: number}} limits
 *
 * @typedef {{type: "answer", gen: number, sdp: string, source?: Source}} Answer
 * @typedef {"second"} Source - Of what is about the second device.
 *
 * From a sound socket; positions are in 1/48000 s on the page's clock:
 *
 * @typedef {{type: "opened", gen: number}} Opened
 * @typedef {{type: "skipped", gen: number, position: number}} Skipped
 * @typedef {{type: "heard", gen: number, position: number, clock_ms: number}} Heard
 *
 * @typedef {"connecting" | "live" | "stalled" | "paused" | "ended"} MediaState
 * @typedef {{type: "media", state: MediaState, gen: number, clock_ms: number, reason: string, kept?: boolean,
 *   continues?: number, source?: Source}} Media - `continues` is the generation since whose first sound nothing is missing.
 *
 * @typedef {{type: "speech", state: "started" | "stopped", at_ms: number}} Speech
 *
 * @typedef {object} Partial
 * @property {"partial"} type
 * @property {string} utterance
 * @property {number} start_ms
 * @property {string} stable
 * @property {string} tentative
 * @property {boolean} [shared] - Whether it is from the shared sound.
 * @property {string} language - The code of the language that is heard; empty if unknown.
 *
 * @typedef {{does: string, change?: string, name?: string, says?: string}} SpokenCommand - What a sentence has
 *   commanded, and the change that takes it back. `name` is that of an own action, `says` what was answered to it.
 * @typedef {SentenceData & {type: "final", utterance: string, command?: SpokenCommand}} Final
 * @typedef {{type: "recovered", start_ms: number, end_ms: number, delivered?: boolean}} Recovered - `delivered` if the
 *   sound was recorded and delivered by a page.
 * @typedef {{type: "safe", clock_ms: number}} Safe - Up to there all that the server has received is saved.
 * @typedef {{session: string, title: string}} Running - Another session of the account that is running.
 * @typedef {{type: "error", code: string, message: string, retryable: boolean, running?: Running[],
 *   source?: Source}} ServerError
 * @typedef {{type: "sound_kept"}} SoundKept
 * @typedef {{type: "names", speakers: Speaker[]}} Speakers - What those are called now who speak.
 * @typedef {{type: "alive"}} Alive
 * @typedef {Partial | Final | Recovered} TextMessage
 * @typedef {Ready | Answer | Media | Speech | Safe | TextMessage | SoundKept | Speakers | Alive | ServerError}
 *   ServerMessage
 */

export {};
