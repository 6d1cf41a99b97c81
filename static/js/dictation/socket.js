import { Backoff } from "app/shared/backoff";

/** @import { ClientMessage, ServerMessage } from "app/dictation/messages" */

/**
 * @typedef {object} SocketEvents
 * @property {(message: ServerMessage) => void} message
 * @property {() => void} dropped - The connection was lost and will be opened again.
 * @property {(code: number) => void} refused - The server closed the connection and it stays closed.
 */

// Close codes after which a new attempt is useless, such as "logged out" and "no such session".
const FINAL_CODES = [4401, 4404];
const RATE_LIMITED = 4429;
const RATE_LIMITED_MS = 8000;
const WATCH_MS = 1000;
// The server says something every three seconds. A network that lets nothing through does not say so.
const DEAD_MS = 8000;

/** The WebSocket of one session, opened again whenever the connection is lost. */
export class SessionSocket {
  #url;
  #on;
  #backoff = new Backoff({ most: 2000 });
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {number | null} */
  #timer = null;
  #isClosed = false;
  // When the last message came, or else the attempt to connect began.
  #heardAt = 0;
  #watch = setInterval(() => this.#look(), WATCH_MS);
  #network = new AbortController();

  /**
   * @param {string} url
   * @param {SocketEvents} on
   */
  constructor(url, on) {
    this.#url = url;
    this.#on = on;
    const { signal } = this.#network;
    window.addEventListener("online", () => this.#retryNow(), { signal });
    window.addEventListener("offline", () => this.reopen(), { signal });
    this.#connect();
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Milliseconds since the last message from the server. */
  get silentFor() {
    return performance.now() - this.#heardAt;
  }

  /**
   * Sends a message; drops it if the socket is not open.
   * @param {ClientMessage} message
   */
  send(message) {
    if (this.isOpen) this.#socket?.send(JSON.stringify(message));
  }

  /** Replaces the current connection, which may be dead although it is open. */
  reopen() {
    if (this.#isClosed) return;
    this.#detach();
    this.#retryLater();
  }

  close() {
    this.#isClosed = true;
    clearInterval(this.#watch);
    this.#network.abort();
    this.#stopTimer();
    this.#detach();
  }

  #connect() {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#heardAt = performance.now();
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = ({ code }) => this.#dropped(code);
  }

  /** Replaces a connection over which nothing comes. */
  #look() {
    if (this.#socket !== null && this.silentFor > DEAD_MS) this.reopen();
  }

  /** @param {string} text */
  #receive(text) {
    this.#heardAt = performance.now();
    /** @type {ServerMessage} */
    const message = JSON.parse(text);
    if (message.type === "ready") this.#backoff.reset();
    this.#on.message(message);
  }

  /** @param {number} code */
  #dropped(code) {
    this.#detach();
    if (FINAL_CODES.includes(code)) {
      this.close();
      this.#on.refused(code);
    } else {
      this.#retryLater(code === RATE_LIMITED ? RATE_LIMITED_MS : 0);
    }
  }

  /** @param {number} [least] */
  #retryLater(least = 0) {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => this.#retryNow(), Math.max(least, this.#backoff.next()));
    this.#on.dropped();
  }

  #retryNow() {
    if (this.#timer === null) return;
    this.#stopTimer();
    this.#connect();
  }

  #stopTimer() {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #detach() {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
