import { frame } from "app/dictation/road/frame";
import { PACKET_TICKS, TICKS_A_MS } from "app/dictation/road/ring";

/** @import { Heard, Opened, OfferSettings, RoadName, ServerError, Skipped } from "app/dictation/messages" */
/** @import { Road } from "app/dictation/road/road" */

/**
 * @typedef {object} SocketPeerEvents
 * @property {() => void} lost - The connection has ended.
 * @property {(ago: number) => void} silent - The server has heard nothing that was said since `ago` milliseconds before
 *   now.
 * @property {() => void} alive - It hears the sound, for the first time or again.
 * @property {(clockMs: number) => void} clock - Where the session's clock is now.
 * @property {(error: ServerError) => void} refused
 */

const OPEN = "open";
const WATCH_MS = 500;
const SILENT_MS = 3500;
// Two packets in a message while they come one by one, and a second of them where there are more.
const FEWEST = 2;
const MOST = 50;
// How much may be on its way: the rest waits here, where it can still be sent over another road.
const WINDOW_TICKS = 8000 * TICKS_A_MS;
const MOST_BUFFERED_BYTES = 65_536;
// The last words leave the encoder so much later.
const TAIL_TICKS = 100 * TICKS_A_MS;
const SETTLE_MS = 3000;

/** A connection that sends the sound over a WebSocket: it stands beside Peer, and has a generation as that has. */
export class SocketPeer {
  /** @type {RoadName} */
  kind = "websocket";
  #road;
  #on;
  /** @type {WebSocket | null} */
  #socket = null;
  #isOpened = false;
  // Where the next packet to be sent begins, and up to where the server has heard.
  #start;
  #next;
  #heard = -1;
  #movedAt = performance.now();
  #isHeard = false;
  /** @type {number | undefined} */
  #watch;
  /** @type {{position: number, done: () => void}[]} */
  #settling = [];

  /**
   * @param {number} gen
   * @param {Road} road
   * @param {SocketPeerEvents} on
   */
  constructor(gen, road, on) {
    this.gen = gen;
    this.#road = road;
    this.#on = on;
    this.#start = this.#next = road.from;
  }

  /** Whether the server hears the sound that is sent. */
  get isAlive() {
    return this.#isHeard;
  }

  get isConnected() {
    return this.#isOpened;
  }

  /** How long ago the first sound was captured that the server has not heard, in milliseconds. */
  get unheardMs() {
    return this.#heard < 0 ? 0 : this.#road.recorder.age(this.#heard);
  }

  /** @param {OfferSettings} settings */
  async offer(settings) {
    const { recorder, url } = this.#road;
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: OPEN, gen: this.gen, clock: recorder.clock, settings }));
    };
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = () => this.#lose();
  }

  async answer() {}

  replaceTrack() {}

  /** Sends what was recorded since, as far as there is room on the way. */
  send() {
    const { recorder } = this.#road;
    const socket = this.#socket;
    while (this.#isOpened && socket !== null && socket.bufferedAmount < MOST_BUFFERED_BYTES) {
      const heard = Math.max(this.#heard, this.#start);
      const packets = recorder.ring.from(this.#next, MOST);
      const last = packets.at(-1);
      if (last === undefined || last.position - heard > WINDOW_TICKS) return;
      // Others follow soon, unless there is a hole behind it.
      if (packets.length < FEWEST && recorder.ring.end === last.position + PACKET_TICKS) return;
      const [{ position }] = packets;
      const payloads = packets.map(({ payload }) => payload);
      socket.send(frame(position, recorder.age(position), payloads));
      this.#next = last.position + PACKET_TICKS;
    }
  }

  /** Waits until all that was said up to now is heard, but not for long. */
  settled() {
    const position = this.#road.recorder.now + TAIL_TICKS;
    return new Promise((resolve) => {
      const done = () => resolve(null);
      this.#settling.push({ position, done });
      setTimeout(done, SETTLE_MS);
    });
  }

  close() {
    clearInterval(this.#watch);
    const socket = this.#socket;
    this.#socket = null;
    this.#isOpened = this.#isHeard = false;
    this.#road.remove(this);
    for (const { done } of this.#settling.splice(0)) done();
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {Heard | Opened | ServerError | Skipped} message */
  #receive(message) {
    switch (message.type) {
      case "opened":
        this.#isOpened = true;
        this.#movedAt = performance.now();
        this.#watch = setInterval(() => this.#look(), WATCH_MS);
        return this.send();
      case "heard":
        return this.#hear(message);
      case "skipped":
        // It is left to the tape, and what is behind it can be sent.
        this.#heard = this.#road.heardUntil = message.position;
        return this.send();
      case "error":
        return this.#on.refused(message);
    }
  }

  /** @param {Heard} heard */
  #hear({ position, clock_ms }) {
    const { recorder } = this.#road;
    this.#heard = position;
    this.#road.heardUntil = position;
    this.#movedAt = performance.now();
    this.#on.clock(clock_ms + recorder.age(position));
    this.#settling = this.#settling.filter(({ position: wanted, done }) => {
      if (position >= wanted) done();
      return position < wanted;
    });
    if (!this.#isHeard) {
      this.#isHeard = true;
      this.#on.alive();
    }
    this.send();
  }

  #look() {
    if (!this.#isHeard) return;
    // Where the server is so slow that sound has to be dropped, the rest of it goes on as after an outage.
    if (!this.#road.isComplete) return this.#lose();
    if (performance.now() - this.#movedAt < SILENT_MS) return;
    this.#isHeard = false;
    this.#on.silent(this.unheardMs);
  }

  #lose() {
    const wasThere = this.#socket !== null;
    this.#isHeard = false;
    if (wasThere) this.#on.lost();
  }
}
