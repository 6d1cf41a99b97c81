import { Peer } from "app/dictation/peer";

/** @import { Answer, ClientMessage, OfferSettings, Ready, RoadName, ServerError } from "app/dictation/messages" */
/** @import { Road } from "app/dictation/road/road" */
/** @import { PeerEvents } from "app/dictation/peer" */
/** @import { SocketPeer, SocketPeerEvents } from "app/dictation/road/socket-peer" */
/** @import { Sound } from "app/dictation/held-microphone" */

/**
 * @typedef {object} ConnectionEvents
 * @property {(message: ClientMessage) => void} send - Sends a message to the server.
 * @property {(road: RoadName) => void} failed - The connection that was offered could not be made.
 * @property {(ago: number) => void} silent - The server stopped receiving the sound `ago` milliseconds before now.
 * @property {() => void} alive - The server receives the sound again.
 * @property {(clockMs: number) => void} clock - Where the session's clock is now.
 * @property {(error: ServerError) => void} refused - Why the connection that was offered could not be made.
 */

// Longer than the 15 s after which the server itself gives up a connection that it cannot complete.
const OFFER_MS = 20000;
// Where there is another road, this one gets so much time to connect.
const CONNECT_MS = 5000;

/**
 * The connections of a session, over WebRTC or a WebSocket: the current one, which carries the sound, and the next one
 * while it is being offered. The current one is closed as soon as the next one carries the sound.
 */
export class Connections {
  #on;
  #gen = 0;
  #isClosed = false;
  // Null where sound cannot go over a WebSocket.
  /** @type {Road | null} */
  #road = null;
  /** @type {Peer | SocketPeer | null} */
  #current = null;
  /** @type {Peer | SocketPeer | null} */
  #next = null;
  /** @type {number | undefined} */
  #deadline;

  /** @param {ConnectionEvents} on */
  constructor(on) {
    this.#on = on;
  }

  /** The highest generation known for the session, whether this browser offered it or another. */
  get gen() {
    return this.#gen;
  }

  set gen(value) {
    this.#gen = Math.max(this.#gen, value);
  }

  /** The generation of the connection that carries the sound, or 0 if there is none. */
  get currentGen() {
    return this.#current?.gen ?? 0;
  }

  get isAlive() {
    return this.#current?.isAlive ?? false;
  }

  get isOffering() {
    return this.#next !== null;
  }

  /** @param {Road} road - Closed here. */
  set road(road) {
    this.#road = road;
    if (this.#isClosed) road.close();
  }

  /** Over which road the sound goes; null if there is no connection. */
  get kind() {
    return this.#current?.kind ?? null;
  }

  /** Over which one it is to go that is being offered. */
  get offeredKind() {
    return this.#next?.kind ?? null;
  }

  /**
   * Whether all that the server has not heard can still be sent over a WebSocket.
   * @param {number} ago - How many milliseconds before now the last sound arrived.
   */
  isComplete(ago) {
    if (this.#current?.kind === "webrtc") this.#road?.heardElsewhere(Math.max(ago, this.#current.unheardMs));
    return this.#road?.isComplete ?? false;
  }

  /**
   * @param {RoadName} kind
   * @param {Sound} sound
   * @param {OfferSettings} settings
   * @param {Ready} ready
   */
  async offer(kind, sound, settings, ready) {
    this.#gen += 1;
    const road = kind === "websocket" ? this.#road : null;
    // Otherwise it is known since when nothing arrives.
    if (this.#current?.kind === "webrtc" && this.#current.isAlive) road?.heardElsewhere(this.#current.unheardMs);
    /** @type {PeerEvents & SocketPeerEvents} */
    const on = {
      send: (message) => this.#on.send(message),
      lost: () => this.#lost(next),
      silent: (ago) => next === this.#current && this.#on.silent(ago),
      alive: () => next === this.#current && this.#on.alive(),
      clock: (clockMs) => next === this.#current && this.#on.clock(clockMs),
      refused: (error) => next === this.#next && this.#on.refused(error),
    };
    /** @type {Peer | SocketPeer} */
    const next = road ? road.peer(this.#gen, on) : new Peer(this.#gen, sound, ready, on);
    this.#next = next;
    this.#deadline = setTimeout(() => this.#look(next), CONNECT_MS);
    await next.offer(settings).catch(() => this.#fail(next));
  }

  /** @param {Answer} answer */
  async answer({ gen, sdp }) {
    const next = this.#next;
    if (next?.gen === gen) await next.answer(sdp).catch(() => this.#fail(next));
  }

  /**
   * Makes the offered connection the current one, if it has this generation, which the server now receives.
   * @param {number} gen
   */
  promote(gen) {
    if (this.#next?.gen !== gen) return false;
    clearTimeout(this.#deadline);
    this.#current?.close();
    this.#current = this.#next;
    this.#next = null;
    return true;
  }

  /** Waits until the server has heard all that was said up to now, if that takes a while; null if it does not. */
  settled() {
    return this.#current?.settled() ?? null;
  }

  /**
   * Sends another sound from now on.
   * @param {Sound} sound
   * @param {boolean} isShared - Whether it has two channels.
   */
  record(sound, isShared) {
    this.#road?.record(sound, isShared).catch(() => {});
  }

  /** @param {MediaStreamTrack} track */
  replaceTrack(track) {
    this.#current?.replaceTrack(track);
    this.#next?.replaceTrack(track);
  }

  /** Closes the connection that is being offered. */
  withdraw() {
    clearTimeout(this.#deadline);
    this.#next?.close();
    this.#next = null;
  }

  /** Closes the connection that carries the sound. */
  drop() {
    if (this.#current?.kind === "webrtc") this.#road?.heardElsewhere(this.#current.unheardMs);
    this.#current?.close();
    this.#current = null;
  }

  close() {
    this.#isClosed = true;
    this.withdraw();
    this.drop();
    this.#road?.close();
  }

  /** @param {Peer | SocketPeer} peer */
  #look(peer) {
    if (this.#road && !peer.isConnected) return this.#fail(peer);
    this.#deadline = setTimeout(() => this.#fail(peer), OFFER_MS - CONNECT_MS);
  }

  /** @param {Peer | SocketPeer} peer */
  #fail(peer) {
    if (peer !== this.#next) return;
    this.withdraw();
    this.#on.failed(peer.kind);
  }

  /** @param {Peer | SocketPeer} peer */
  #lost(peer) {
    if (peer === this.#next) return this.#fail(peer);
    if (peer !== this.#current) return;
    const ago = peer.kind === "websocket" ? peer.unheardMs : 0;
    this.drop();
    this.#on.silent(ago);
  }
}
