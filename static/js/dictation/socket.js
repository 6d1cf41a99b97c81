import { Backoff } from "app/shared/backoff";

// The server closed the socket for good: logged out, no such session.
const FINAL_CODES = [4401, 4404];
const RATE_LIMITED = 4429;

/**
 * The WebSocket of one session, opened anew whenever it drops. Callbacks: `message(object)`, `open()`,
 * `drop()` (it will be tried again) and `refused(code)` (it will not).
 */
export class SessionSocket {
  #url;
  #on;
  #backoff = new Backoff();
  #socket = null;
  #timer = null;
  #closed = false;
  #heardAt = 0;
  #network = new AbortController();

  constructor(url, on) {
    this.#url = url;
    this.#on = on;
    const signal = this.#network.signal;
    window.addEventListener("online", () => this.#retryNow(), { signal });
    window.addEventListener("offline", () => this.reopen(), { signal });
    this.#connect();
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Milliseconds since the server last said anything. */
  get silentFor() {
    return performance.now() - this.#heardAt;
  }

  /** False when the message could not be sent. */
  send(message) {
    if (!this.isOpen) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Gives up the connection at hand, which may be dead without knowing, and makes another. */
  reopen() {
    if (this.#closed) return;
    this.#detach();
    this.#dropped(0);
  }

  close() {
    this.#closed = true;
    this.#network.abort();
    clearTimeout(this.#timer);
    this.#detach();
  }

  #connect() {
    this.#timer = null;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#heardAt = performance.now();
      this.#on.open();
    };
    socket.onmessage = (event) => this.#hear(event.data);
    socket.onclose = (event) => {
      this.#detach();
      if (FINAL_CODES.includes(event.code)) {
        this.close();
        this.#on.refused(event.code);
      } else {
        this.#dropped(event.code);
      }
    };
  }

  #hear(text) {
    this.#heardAt = performance.now();
    const message = JSON.parse(text);
    if (message.type === "ready") this.#backoff.reset();
    this.#on.message(message);
  }

  #dropped(code) {
    if (this.#closed || this.#timer !== null) return;
    const wait = this.#backoff.next();
    this.#timer = setTimeout(() => this.#connect(), code === RATE_LIMITED ? Math.max(wait, 8000) : wait);
    this.#on.drop();
  }

  #retryNow() {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  #detach() {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
