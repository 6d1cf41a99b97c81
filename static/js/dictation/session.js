import { Connections } from "app/dictation/connections";
import { Ending } from "app/dictation/ending";
import { Offers } from "app/dictation/offers";
import { Outages } from "app/dictation/outages";
import { isDeleted, isFatal, isHarmless, isOverThere } from "app/dictation/server-errors";
import { SessionSocket } from "app/dictation/socket";
import { SessionClock } from "app/shared/clock";
import { gettext } from "app/shared/i18n";
import { LOGGED_OUT } from "app/shared/requests";

/** @import * as messages from "app/dictation/messages" */
/** @import { Sound } from "app/dictation/held-microphone" */
/** @import { Taken } from "app/dictation/offline/offline-dictation" */

/**
 * @typedef {"connecting" | "listening" | "reconnecting" | "stopping" | "waiting"} LiveState - `waiting`: it is
 *   to stop, once the server can be reached.
 *
 * @typedef {object} SessionEvents
 * @property {() => void} changed - `state`, `outages` or `trouble` may have changed.
 * @property {(message: messages.TextMessage) => void} text
 * @property {(sentence: string) => void} warned - Something failed, but the session continues as it was.
 * @property {(sentence: string) => void} notShared - The server has no room for the other of two sounds.
 * @property {(sentence: string) => void} soundLost - From now on the sound cannot be kept; the text still is.
 * @property {() => void} soundKept - From now on the sound is kept again.
 * @property {(clockMs: number) => void} safe - Up to there the server has saved all that it has received.
 * @property {() => void} complete - Nothing is missing of what was said while the sound did not arrive.
 * @property {(end: SessionEnd) => void} ended - It is over for good.
 * @property {(since: number) => number | null} dropUnsaved - As in OutageEvents.
 * @property {() => number} lastSeq - Returns the highest seq up to which the page has all finals.
 *
 * @typedef {object} SessionEnd
 * @property {string} reason - The server's, also `trashed` or `not_found` (it was deleted), `gone` (it had already
 *   ended) or `away` (so it had, or the login, while what is said goes on to be recorded here), `refused` (`message` says why), `taken` (by another window) or `unconfirmed` (Stop got no answer).
 * @property {string} message
 * @property {messages.Running[]} running - The sessions because of which it was refused.
 * @property {boolean} isKept - False if nothing was said, so that the server has deleted it.
 */

// After this time without a message from the server, the socket may be dead although it is open.
const DOUBT_MS = 4000;
const SYNC_MS = 2000;
// The close code of the socket of a dictation that is gone.
const DELETED = 4404;

const AWAY = gettext("The server cannot be reached. Nothing is being recorded.");

/** A running session: its socket, its peer connections, and the recovery when either fails. */
export class LiveSession {
  clock = new SessionClock();
  /** Whether the server has ever received its sound. */
  wasLive = false;
  /** Whether the speaker wants to pause, in whatever state the connection is. */
  isPaused = false;
  /** The server's sentence about what is wrong, or an empty string. */
  trouble = "";
  /** The time ranges in which nothing was recorded. */
  outages;
  #on;
  #url;
  #isNew;
  #socket;
  #connections;
  #offers;
  #ending;
  /** @type {messages.MediaState} */
  #media = "connecting";
  // Whether the speaker has pressed Pause or Resume here; until then the page takes over the server's state.
  #isPauseDecided = false;
  #isOver = false;
  // The connection that was the last to carry the sound, and whether nothing was missing before it.
  #heardGen = 0;
  #isWhole = false;
  // Whether the server has lost the worker that still receives the sound, which may save nothing of it.
  #isDoubtful = false;
  // Whether the connection to the server was lost, and is not there again.
  #isAway = false;
  #failures = 0;
  #syncedAt = -Infinity;

  /**
   * @param {object} options
   * @param {string} options.url - The address of its WebSocket.
   * @param {Sound} options.sound - Closed by the caller.
   * @param {messages.ListeningSettings} options.settings
   * @param {boolean} options.isPaused
   * @param {boolean} options.isNew - Whether it was made or reopened for this start, and is ended if the server refuses it.
   * @param {Taken} [options.taken] - What it goes on with, if it went on without the server before.
   * @param {SessionEvents} options.on
   */
  constructor({ url, sound, settings, isPaused, isNew, taken, on }) {
    this.#on = on;
    this.#url = url;
    this.clock = taken?.clock ?? this.clock;
    this.outages = new Outages(this.clock, {
      ...on,
      isMissed: () => this.wasLive && !this.isPaused && !this.#isStopping,
      send: (message) => this.#socket.send(message),
    });
    if (taken) {
      this.wasLive = true;
      this.outages.beginAt(taken.since, true);
    }
    this.#isNew = isNew;
    this.#ending = new Ending({
      silence: () => this.#mute(),
      ask: () => {
        this.outages.report();
        this.#whenSettled(() => this.#socket.send({ type: "stop" }));
      },
      reconnect: () => this.#socket.reopen(),
      sync: () => {
        this.sync();
        this.#on.changed();
      },
      lastSeq: on.lastSeq,
      ended: (reason) => this.#end(reason),
    });
    this.#connections = new Connections({
      send: (message) => this.#socket.send(message),
      failed: (road) => this.#offers.failed(road),
      silent: (ago) => this.#soundStopped(ago),
      alive: () => this.#soundResumed(),
      clock: (clockMs) => this.isPaused || this.clock.set(clockMs, true),
      refused: (error) => this.#handleError(error),
    });
    this.#offers = new Offers(this.#connections, this.outages, sound, settings, {
      changed: on.changed,
      isHeard: () => this.#isHeard,
      missed: (at) => {
        this.outages.beginAt(at);
        on.changed();
      },
    });
    this.#holdSound(isPaused);
    this.#socket = new SessionSocket(url, {
      message: (message) => this.#handle(message),
      dropped: () => this.#socketDropped(),
      refused: (code) => {
        if (code === DELETED) this.#end("not_found");
        else this.#end(this.#goesOn ? "away" : "refused", LOGGED_OUT);
      },
    });
  }

  /** @returns {LiveState} */
  get state() {
    if (this.#isStopping) return this.#isAway ? "waiting" : "stopping";
    if (!this.wasLive) return this.trouble ? "reconnecting" : "connecting";
    return this.#isHeard && this.#socket.isOpen && this.#offers.ready !== null ? "listening" : "reconnecting";
  }

  /** Whether sound reaches the server now, or did until the pause; or all of it soon will, over another road. */
  get isReached() {
    return this.wasLive && (this.#isHeard || this.#offers.isSwitching);
  }

  /**
   * Whether the sound reaches the server and is saved there, as far as can be told. What another road is to carry is
   * not yet: it may come too late.
   */
  get isSafe() {
    return this.wasLive && this.#isHeard && !this.#isDoubtful;
  }

  /** Whether the sound goes over a WebSocket. */
  get isOnSocket() {
    return this.#connections.kind === "websocket";
  }

  /** Whether what is said reaches the server now. */
  get isRecording() {
    return this.isReached && !this.isPaused && !this.outages.isDeaf;
  }

  /**
   * Whether the sound that is sent holds nothing of what is said, for want of a microphone.
   * @param {boolean} value
   */
  set isDeaf(value) {
    if (value === this.outages.isDeaf) return;
    this.outages.isDeaf = value;
    if (value) this.outages.begin();
    else this.#endOutage();
    this.#on.changed();
  }

  pause() {
    this.#setPaused(true);
  }

  resume() {
    this.#setPaused(false);
  }

  /** Ends the session, once the server can be reached; `ended` is called when that has saved the last words. */
  stop() {
    if (this.#isStopping || this.#isOver) return;
    this.#ending.begin();
    // What is said after it is not to be recorded, as in a pause.
    this.outages.end();
    this.#offers.close();
    if (this.#offers.ready !== null) this.#ending.ask();
    this.#on.changed();
  }

  /**
   * Sends another sound from now on.
   * @param {Sound} sound
   */
  replaceSound(sound) {
    this.#offers.sound = sound;
    this.#holdSound(this.isPaused);
    if (this.#isStopping) this.#mute();
    this.#connections.replaceTrack(sound.track);
    this.#connections.record(sound, this.#offers.isShared);
  }

  /**
   * Sends the microphone and what is shared as two channels, or the microphone alone again. The current connection goes
   * on as it is until another one carries that.
   * @param {Sound} sound
   * @param {boolean} isShared
   */
  changeSound(sound, isShared) {
    this.#offers.sound = sound;
    this.#offers.isShared = isShared;
    this.#offers.isOutdated = true;
    this.#holdSound(this.isPaused);
    this.#connections.withdraw();
    this.#connections.record(sound, isShared);
    this.#offers.offer();
  }

  /**
   * Changes the settings: offers a new connection, with which the server applies them.
   * @param {messages.ListeningSettings} settings
   */
  changeSettings(settings) {
    this.#offers.settings = settings;
    if (this.wasLive) this.#offers.offer();
  }

  /** Asks the server for the missing finals. */
  sync() {
    const now = performance.now();
    if (now - this.#syncedAt < SYNC_MS) return;
    this.#syncedAt = now;
    this.#socket.send({ type: "sync", after_seq: this.#on.lastSeq() });
  }

  close() {
    this.#isOver = true;
    this.#offers.close();
    this.outages.close();
    this.#ending.close();
    this.#socket.close();
    this.#connections.close();
  }

  get #isStopping() {
    return this.#ending.hasBegun;
  }

  get #isHeard() {
    return this.#connections.isAlive && (this.#media === "live" || this.#media === "paused");
  }

  /** Whether what is said goes on to be recorded on this device, whatever the server does. */
  get #goesOn() {
    return this.outages.isTaped && this.wasLive && !this.isPaused && !this.#isStopping;
  }

  /** @param {messages.ServerMessage} message */
  #handle(message) {
    // It is about the other device, which has joined.
    if ("source" in message) return;
    switch (message.type) {
      case "ready":
        return this.#handleReady(message);
      case "answer":
        return this.#connections.answer(message);
      case "media":
        return this.#handleMedia(message);
      case "safe":
        return this.#on.safe(message.clock_ms);
      case "partial":
      case "final":
      case "recovered":
        if (message.type === "recovered" && message.delivered) this.outages.fill(message.start_ms, message.end_ms);
        this.#on.text(message);
        this.#ending.look();
        return;
      case "names":
        return import("app/shared/names").then((module) => module.handle(message));
      case "sound_kept":
        return this.#on.soundKept();
      case "error":
        return this.#handleError(message);
    }
  }

  /** @param {messages.Ready} ready */
  #handleReady(ready) {
    this.#offers.ready = ready;
    this.#isAway = false;
    this.trouble = "";
    const isTaken = ready.gen > this.#connections.gen;
    this.#connections.gen = ready.gen;
    const goesOn = ready.state === "ended" && this.#goesOn && !isTaken;
    if (!this.isOnSocket && !goesOn) this.clock.set(ready.clock_ms, ready.state === "live" || ready.state === "lost");
    this.#syncedAt = -Infinity;
    // What was sent on the old socket may have been lost with it.
    this.outages.report();
    if (goesOn) return this.#end("away");
    if (ready.state === "ended") return this.#ending.complete(ready.last_seq);
    if (this.wasLive || ready.last_seq > this.#on.lastSeq()) this.sync();
    if (this.#isStopping) {
      this.#on.changed();
      return this.#ending.ask();
    }
    const { isAlive } = this.#connections;
    if (isAlive && isTaken) return this.#end("taken");
    this.#offers.open(this.#url, ready.roads ?? []);
    this.#agreeOnPause(ready.state === "paused");
    // A worker that reports what it receives is there, though the server may not have found it again after an outage
    // of its own. If it does not soon, it says so.
    const isLost = ready.state === "lost" && !isAlive;
    if (isLost && this.wasLive) this.#dropConnection("worker_lost");
    // The answer to an offer sent on the old socket may have been lost with it.
    this.#connections.withdraw();
    const isHeard = isAlive && ready.state !== "new";
    if (isHeard && !this.#offers.isOutdated) this.#on.changed();
    else this.#offers.offer();
  }

  /** @param {messages.Media} media */
  #handleMedia({ state, gen, clock_ms, reason, kept = true, continues = gen }) {
    if (state === "ended") {
      if (reason === "lost" && this.#goesOn) return this.#end("away");
      this.clock.set(clock_ms, false);
      return this.#end(reason || "stopped", "", { isKept: kept });
    }
    // Another window has offered its own connection: the two would keep taking the session from each other.
    if (gen > this.#connections.gen) return this.#end("taken");
    if (state === "connecting") return;
    const isHeard = state === "live" || state === "paused";
    if (isHeard && this.#connections.promote(gen)) {
      this.#isDoubtful = false;
      this.#offers.carries();
      this.#isWhole = continues <= this.#heardGen;
      this.#heardGen = gen;
      if (this.#isWhole) this.#forgive();
      else if (this.wasLive) this.outages.workerChanged();
    }
    if (this.#connections.currentGen !== gen) return;
    this.#media = state;
    if (isHeard) this.#soundArrives(state === "paused", clock_ms);
    else this.#soundStopped(this.clock.read() - clock_ms);
    this.#on.changed();
  }

  /** @param {messages.ServerError} error */
  #handleError({ code, message, retryable, running = [] }) {
    const { isOffering, isAlive } = this.#connections;
    if (isDeleted(code)) return this.#end(code);
    // A road may hear of it before this page's own socket is there again.
    if (isOverThere(code) && this.#goesOn) return this.#end("away", message);
    if (isFatal(code)) return this.#end("refused", message, { running });
    if (isHarmless(code)) return;
    if (code === "not_cleaned") return this.#on.warned(message);
    if (code === "sound_not_kept") return this.#on.soundLost(message);
    if (code === "no_room_to_share") {
      this.#connections.withdraw();
      return this.#on.notShared(message);
    }
    if (code === "stale_gen") {
      if (isOffering) this.#socket.reopen();
      return;
    }
    if (this.#offers.triesElsewhere(code)) return;
    if (!retryable) return isOffering ? this.#end("refused", message) : this.#on.warned(message);
    if (this.#isStopping) this.#ending.askAgain();
    if (code === "worker_lost" && isAlive) {
      // A worker that reports what it receives is there: the connection goes on until another one carries the sound.
      this.#offers.isOutdated = this.#isDoubtful = true;
    } else if (code === "worker_lost" || code === "worker_leaves" || code === "media_lost") {
      this.#dropConnection(code);
    } else if (isOffering || !this.wasLive) {
      // While moving to another worker, the first refusal is expected: the server is still waiting for the lost one.
      this.#failures += 1;
      if (!this.wasLive || (this.#failures > 1 && !this.#isHeard)) this.trouble = message;
    }
    this.#connections.withdraw();
    this.#offers.offerLater();
  }

  #socketDropped() {
    this.#offers.ready = null;
    this.#isAway = true;
    this.#ending.rest();
    if (!this.wasLive) this.trouble = AWAY;
    this.#on.changed();
  }

  /** Nothing is missing after all of what was said while nothing arrived. */
  #forgive() {
    if (this.outages.isDeaf) return;
    this.outages.drop();
    this.#on.complete();
  }

  /** Offers a new connection, after opening a new socket if the current one may be dead too. */
  #reconnect() {
    if (this.#isStopping || this.#connections.isOffering) return;
    if (this.#socket.isOpen && this.#socket.silentFor < DOUBT_MS) this.#offers.offer();
    else if (this.#socket.isOpen) this.#socket.reopen();
  }

  /**
   * The server receives the sound.
   * @param {boolean} isPaused
   * @param {number} clockMs
   */
  #soundArrives(isPaused, clockMs) {
    // A WebSocket tells it better: what it carries may be old.
    if (isPaused || !this.isOnSocket) this.clock.set(clockMs, !isPaused);
    this.#offers.reset();
    this.wasLive = true;
    this.trouble = "";
    this.#failures = 0;
    if (this.outages.isDeaf) this.outages.begin();
    else this.#endOutage();
    if (!this.#isStopping) this.#agreeOnPause(isPaused);
  }

  /** @param {number} ago - How many milliseconds before now. */
  #soundStopped(ago) {
    this.outages.stopped(ago);
    this.#reconnect();
    this.#on.changed();
  }

  #soundResumed() {
    if (this.isOnSocket && this.#isWhole) this.#forgive();
    this.#endOutage();
    this.#on.changed();
  }

  #endOutage() {
    if (!this.#isHeard || this.outages.isDeaf) return;
    this.outages.end();
    this.outages.report();
  }

  /** @param {"worker_lost" | "worker_leaves" | "media_lost"} code */
  #dropConnection(code) {
    this.outages.begin();
    this.outages.isWorkerLost ||= code === "worker_lost";
    this.#media = "connecting";
    this.#connections.drop();
  }

  /**
   * Tells the server whether the speaker wants to pause; a page that was just opened takes over the server's state.
   * @param {boolean} isPaused - The server's state.
   */
  #agreeOnPause(isPaused) {
    if (isPaused === this.isPaused) return;
    if (this.wasLive) this.#sendPause();
    else if (isPaused && !this.#isPauseDecided) this.#holdSound(true);
  }

  /** @param {boolean} isHeld */
  #holdSound(isHeld) {
    this.isPaused = isHeld;
    // During a pause no sound leaves the browser, whatever state the server is in.
    this.#offers.sound.track.enabled = !isHeld;
  }

  #mute() {
    this.#offers.sound.track.enabled = false;
  }

  /** @param {boolean} isPaused */
  #setPaused(isPaused) {
    if (this.#isStopping || this.isPaused === isPaused) return;
    this.#isPauseDecided = true;
    // What is said during a pause is not to be recorded, so it is not missing either.
    if (isPaused) this.outages.end();
    this.#holdSound(isPaused);
    if (this.wasLive) {
      this.clock.set(this.clock.read(), !isPaused);
      if (!isPaused && (this.outages.isDeaf || !this.#isHeard)) this.outages.begin();
      this.#sendPause();
    }
    this.#on.changed();
  }

  #sendPause() {
    this.outages.report();
    this.#whenSettled(() => this.#socket.send({ type: this.isPaused ? "pause" : "resume" }));
  }

  /**
   * Does it when the server has heard what was said until now.
   * @param {() => void} what
   */
  #whenSettled(what) {
    const settled = this.#connections.settled();
    if (settled === null) what();
    else settled.then(() => this.#isOver || what());
  }

  /**
   * @param {string} reason
   * @param {string} [message]
   * @param {{isKept?: boolean, running?: messages.Running[]}} [facts]
   */
  #end(reason, message = "", { isKept = true, running = [] } = {}) {
    if (this.#isOver) return;
    if (reason === "refused" && this.#isNew && !this.wasLive) this.#socket.send({ type: "stop" });
    this.close();
    this.#on.ended({ reason, message, isKept, running });
  }
}
