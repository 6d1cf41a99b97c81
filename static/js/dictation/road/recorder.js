import { PACKET_TICKS, PacketRing, TICKS_A_MS } from "app/dictation/road/ring";
import { CaptureClock } from "app/dictation/tape/capture-clock";
import { MicrophoneTap } from "app/dictation/tape/microphone-tap";
import { OpusEncoder } from "app/dictation/tape/opus";

/** @import { Sound } from "app/dictation/held-microphone" */

// How much is kept to be sent later; what is older is the tape's.
const MOST_MS = 30_000;
const BLOCK_MS = 20;

/**
 * Records the sound of a dictation from its beginning on, as Opus packets that are numbered by one clock: that of the
 * samples since then, whatever is recorded.
 */
export class Recorder {
  /** Names the clock. */
  clock = crypto.randomUUID();
  ring = new PacketRing(MOST_MS);
  /** @type {() => void} */
  onadded = () => {};
  /** @type {MicrophoneTap | null} */
  #tap = null;
  /** @type {OpusEncoder | null} */
  #encoder = null;
  // How many channels the encoder takes, and which attempt to open one is the latest.
  #channels = 0;
  #attempt = 0;
  #captured = new CaptureClock(performance.now());
  // Where the next packet begins.
  #next = 0;

  /** Where the sound of this moment is on its clock, in 1/48000 s. */
  get now() {
    return Math.round((performance.now() - this.#captured.zeroAt) * TICKS_A_MS);
  }

  /**
   * How long ago sound was captured, in milliseconds.
   * @param {number} position
   */
  age(position) {
    return Math.max(0, performance.now() - this.#captured.zeroAt - position / TICKS_A_MS);
  }

  /**
   * Records this sound from now on. Rejects where the browser cannot do it.
   * @param {Sound} sound
   * @param {number} channels
   */
  async record({ stream }, channels) {
    if (this.#tap !== null && channels === this.#channels) return this.#tap.replaceStream(stream);
    this.#attempt += 1;
    const attempt = this.#attempt;
    const options = { channels, blockMs: BLOCK_MS };
    const tap = await MicrophoneTap.open(stream, (samples, endedAt) => this.#take(samples, endedAt, tap), options);
    const isPossible = await OpusEncoder.isSupported(tap.rate, channels);
    if (attempt !== this.#attempt || !isPossible) {
      tap.close();
      if (!isPossible) throw new Error("unsupported");
      return;
    }
    this.#closeTap();
    this.#tap = tap;
    this.#channels = channels;
    // The sound between the two recordings is lost, which is a few hundredths of a second.
    this.#captured.interrupt();
    this.#encoder = new OpusEncoder(
      tap.rate,
      ({ payload, at }) => this.#add(payload, at),
      () => this.close(),
      channels,
    );
  }

  close() {
    this.#attempt += 1;
    this.#closeTap();
  }

  #closeTap() {
    this.#tap?.close();
    this.#encoder?.close();
    this.#tap = this.#encoder = null;
  }

  /**
   * @param {Float32Array<ArrayBuffer>} samples
   * @param {number} endedAt
   * @param {MicrophoneTap} tap
   */
  #take(samples, endedAt, tap) {
    if (tap !== this.#tap) return;
    const lengthMs = (samples.length / this.#channels / tap.rate) * 1000;
    this.#encoder?.write(samples, this.#captured.take(lengthMs, endedAt));
  }

  /**
   * @param {Uint8Array} payload
   * @param {number} atMs
   */
  #add(payload, atMs) {
    const position = Math.round(atMs * TICKS_A_MS);
    // Packets follow each other to the tick, unless there is a hole.
    if (position - this.#next > PACKET_TICKS / 2) this.#next = position;
    this.ring.add({ position: this.#next, payload });
    this.#next += PACKET_TICKS;
    this.onadded();
  }
}
