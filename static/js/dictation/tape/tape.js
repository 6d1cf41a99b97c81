import { TapeAddresses } from "app/dictation/tape/addresses";
import { sealed } from "app/dictation/tape/begun";
import { pack } from "app/dictation/tape/block";
import { CaptureClock } from "app/dictation/tape/capture-clock";
import { Delivery, HOLE_MS } from "app/dictation/tape/delivery";
import { Key } from "app/dictation/tape/key";
import { MicrophoneTap } from "app/dictation/tape/microphone-tap";
import { OpusEncoder, PACKET_MS } from "app/dictation/tape/opus";
import { lockOf } from "app/dictation/tape/remains";
import { TapeStore } from "app/dictation/tape/store";
import { Preferences } from "app/shared/preferences";

/** @import { About } from "app/dictation/tape/begun" */
/** @import { PcmEncoder } from "app/dictation/tape/pcm" */
/** @import { Packet } from "app/dictation/tape/opus" */
/** @import { Stored } from "app/dictation/tape/store" */
/** @import { SessionClock } from "app/shared/clock" */

/**
 * @typedef {object} TapeOptions
 * @property {string} session
 * @property {SessionClock} clock
 * @property {MediaStream} stream - The microphone.
 * @property {() => void} full - It has stopped because the browser has no more room.
 */

const TAP = { channels: 1, blockMs: 100 };
const PACKETS_A_BLOCK = 1000 / PACKET_MS;
// What is delivered begins so much earlier than the outage: the clocks differ by less, and the server leaves out what it
// has. It ends later still, since the first words that the server hears begin in the middle of a sentence.
const MARGIN_MS = 1000;
const BEHIND_MS = 2500;
// What is said now reaches the server, and its clock, so much later.
const DELAY_MS = 150;
// An hour takes 15 MB, or 115 MB without Opus; a browser that has less room than this left is full.
const LEAST_ROOM = 20_000_000;
const BLOCKS_A_LOOK = 60;

/**
 * Records what is said on this device until the server has it, and delivers what was said without a connection.
 *
 * While there is one, blocks are deleted as far as the server says that it is safe. From where it was safe when the
 * connection was lost they are held, and delivered once the server has saved what it heard behind the outage.
 */
export class Tape {
  #options;
  #store;
  #key;
  #delivery;
  /** @type {MicrophoneTap | null} */
  #tap = null;
  // Its own: whoever opened the microphone may close it before another one is there.
  #stream;
  #captured = new CaptureClock();
  /** @type {OpusEncoder | PcmEncoder | null} */
  #encoder = null;
  // Whether the browser cannot encode Opus.
  #isPcm = false;
  /** @type {Packet[]} */
  #packets = [];
  // In the store.
  /** @type {Stored[]} */
  #blocks = [];
  #keeping = Promise.resolve();
  #safe = 0;
  // From where blocks are to be delivered, while there is no connection.
  /** @type {number | null} */
  #held = null;
  /** @type {{start_ms: number, end_ms: number}[]} */
  #waiting = [];
  #isSending = false;
  #isRunning = false;
  #isFull = false;
  #isClosed = false;
  #unlock = () => {};

  /**
   * @param {TapeOptions} options
   * @param {TapeAddresses} addresses
   * @param {TapeStore} store
   * @param {Key} key
   */
  constructor(options, addresses, store, key) {
    this.#options = options;
    this.#stream = options.stream.clone();
    this.#store = store;
    this.#key = key;
    this.#delivery = new Delivery(store, key, addresses.of(options.session));
    const held = new Promise((resolve) => {
      this.#unlock = () => resolve(null);
    });
    navigator.locks.request(lockOf(options.session), () => held);
  }

  /**
   * Null where the server takes none; rejects where the browser cannot do it, or with RequestError where it has no key.
   * @param {TapeOptions} options
   */
  static async open(options) {
    const addresses = TapeAddresses.here();
    if (addresses === null) return null;
    const store = await TapeStore.open();
    const key = await Key.of(addresses, store).catch((error) => {
      store.close();
      throw error;
    });
    const tape = new Tape(options, addresses, store, key);
    try {
      await tape.#begin();
      return tape;
    } catch (error) {
      tape.close();
      throw error;
    }
  }

  /** Whether what is said now is kept on this device, if there is no connection. */
  get isOn() {
    return !this.#isFull && !this.#isClosed;
  }

  /** The name of the key with which it is encrypted. */
  get account() {
    return this.#key.account;
  }

  /** @param {() => void} full - As in TapeOptions. */
  set full(full) {
    this.#options = { ...this.#options, full };
  }

  /** @param {SessionClock} clock - Which is to be followed from now on. */
  set clock(clock) {
    this.#options = { ...this.#options, clock };
  }

  /**
   * Notes on the device that the server does not know of this session, and what it is to be there.
   * @param {{began_at: number, ended_at?: number}} times - Milliseconds since 1970.
   * @param {About} about
   */
  async noteBegun(times, about) {
    const { session } = this.#options;
    await this.#store.putBegun(await sealed(this.#key, { id: session, ...times }, about));
  }

  /** Notes that the server knows of it. */
  async noteEntered() {
    await this.#store.deleteBegun(this.#options.session);
  }

  /**
   * @param {boolean} isReached - Whether the server receives the sound, and will save its words.
   * @param {boolean} isRunning - Whether what is said is to be recorded; not in a pause.
   */
  follow(isReached, isRunning) {
    this.#isRunning = isRunning;
    if (!isReached) {
      this.#held ??= Math.max(0, this.#safe - MARGIN_MS);
    } else if (this.#held !== null) {
      this.#waiting.push({ start_ms: this.#held, end_ms: this.#options.clock.read() + BEHIND_MS });
      this.#held = null;
    }
  }

  /** The server has heard all that was said since the connection was lost: nothing of it is to be delivered. */
  release() {
    this.#held = null;
  }

  /**
   * The server has saved all that it received up to there, on the session's clock.
   * @param {number} clockMs
   */
  safe(clockMs) {
    // Behind an outage another worker may say so, which knows nothing of what the one before has heard.
    if (this.#held !== null) return;
    this.#safe = clockMs;
    this.#sendWaiting();
    this.#drop();
  }

  /** @param {MediaStream} stream */
  replaceStream(stream) {
    if (this.#tap === null) return;
    const before = this.#stream;
    this.#stream = stream.clone();
    this.#tap.replaceStream(this.#stream);
    stop(before);
  }

  /** Records nothing more, and keeps all that was recorded. */
  async end() {
    this.#isRunning = false;
    this.#closeTap();
    await this.#encoder?.flush();
    this.#keep();
    await this.#keeping;
  }

  /**
   * Delivers what the server does not have of the session, which has ended there, and closes itself. Returns whether
   * there was any.
   */
  async finish() {
    await this.end();
    const from = Math.min(this.#held ?? Infinity, ...this.#waiting.map((range) => range.start_ms));
    const isLeft = this.#blocks.some((block) => block.end_ms > from);
    if (await this.#send(from, Infinity)) await this.#forget(this.#blocks);
    this.close();
    return isLeft;
  }

  /** Forgets all of it, since the session was deleted, and closes itself. */
  async discard() {
    this.#isRunning = false;
    await this.#keeping;
    await this.#forget(this.#blocks);
    this.close();
  }

  /** Stops; what is not delivered stays on the device, for the next page to deliver. */
  close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unlock();
    this.#delivery.close();
    this.#closeTap();
    this.#encoder?.close();
    this.#keeping.then(() => this.#store.close());
  }

  #closeTap() {
    this.#tap?.close();
    this.#tap = null;
    stop(this.#stream);
  }

  async #begin() {
    const tap = await MicrophoneTap.open(
      this.#stream,
      (samples, endedAt) => this.#take(samples, endedAt, tap.rate),
      TAP,
    );
    this.#tap = tap;
    this.#isPcm = !(await OpusEncoder.isSupported(tap.rate));
    const Encoder = this.#isPcm ? (await import("app/dictation/tape/pcm")).PcmEncoder : OpusEncoder;
    this.#encoder = new Encoder(
      tap.rate,
      (packet) => this.#add(packet),
      () => this.#stopFull(),
    );
  }

  /**
   * @param {Float32Array<ArrayBuffer>} samples
   * @param {number} endedAt
   * @param {number} rate
   */
  #take(samples, endedAt, rate) {
    const startMs = this.#captured.take((samples.length / rate) * 1000, endedAt);
    if (!this.#isRunning || !this.isOn) return;
    this.#encoder?.write(samples, this.#options.clock.read(this.#captured.zeroAt + startMs) + DELAY_MS);
  }

  /** @param {Packet} packet */
  #add(packet) {
    // A block is one piece of sound: what a device did not capture while it slept is between two of them.
    const last = this.#packets.at(-1);
    if (last && Math.abs(packet.at - last.at) > HOLE_MS) this.#keep();
    this.#packets.push(packet);
    if (this.#packets.length === PACKETS_A_BLOCK) this.#keep();
  }

  /** Keeps the packets so far as a block, behind those before it. */
  #keep() {
    const packets = this.#packets.splice(0);
    if (!packets.length) return;
    this.#keeping = this.#keeping.then(() => this.#encrypt(packets)).catch(() => this.#stopFull());
  }

  /** @param {Packet[]} packets */
  async #encrypt(packets) {
    const { session } = this.#options;
    const extent = {
      start_ms: packets[0].at,
      end_ms: packets[packets.length - 1].at + PACKET_MS,
      ...(this.#isPcm && { isPcm: true }),
    };
    const encrypted = await this.#key.encrypt(pack(packets.map(({ payload }) => payload)));
    const id = await this.#store.add({
      account: this.#key.account,
      session,
      ...extent,
      kept_at: Date.now(),
      ...encrypted,
    });
    this.#blocks.push({ id, ...extent });
    if (this.#blocks.length % BLOCKS_A_LOOK !== 1) return;
    new Preferences().set("tape", "1");
    const { quota = Infinity, usage = 0 } = await navigator.storage.estimate();
    if (quota - usage < LEAST_ROOM) this.#stopFull();
  }

  #stopFull() {
    if (!this.isOn) return;
    this.#isFull = true;
    this.#options.full();
  }

  async #sendWaiting() {
    if (this.#isSending) return;
    this.#isSending = true;
    while (!this.#isClosed && this.#waiting.length && this.#waiting[0].end_ms <= this.#safe) {
      const { start_ms, end_ms } = this.#waiting[0];
      // What it refuses now, the next page delivers.
      if (!(await this.#send(start_ms, end_ms))) return;
      this.#waiting.shift();
    }
    this.#isSending = false;
    this.#drop();
  }

  /**
   * @param {number} startMs
   * @param {number} endMs
   */
  async #send(startMs, endMs) {
    await this.#keeping;
    const wanted = this.#blocks.filter((block) => block.end_ms > startMs && block.end_ms <= endMs);
    return this.#delivery.send(wanted);
  }

  /** Deletes what the server has. */
  #drop() {
    const until = Math.min(this.#safe - MARGIN_MS, ...this.#waiting.map((range) => range.start_ms));
    this.#forget(this.#blocks.filter((block) => block.end_ms <= until));
  }

  /** @param {{id: number}[]} blocks */
  async #forget(blocks) {
    if (!blocks.length || this.#isClosed) return;
    const ids = new Set(blocks.map(({ id }) => id));
    this.#blocks = this.#blocks.filter(({ id }) => !ids.has(id));
    await this.#store.delete([...ids]);
  }
}

/** @param {MediaStream} stream */
function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}
