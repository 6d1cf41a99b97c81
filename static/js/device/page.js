import { DeviceConnection } from "app/device/connection";
import { Follow } from "app/dictation/follow";
import { Level } from "app/dictation/level";
import { openMicrophone } from "app/dictation/microphone";
import { StatusLine } from "app/dictation/status-line";
import { Tail } from "app/dictation/tail";
import { Transcript } from "app/dictation/transcript";
import { VoiceLine } from "app/dictation/voice-line";
import { WakeLock } from "app/dictation/wake-lock";
import { byId, query, queryAll } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { nameRows } from "app/shared/names";
import { sentenceOf } from "app/shared/requests";

/** @import { TextMessage } from "app/dictation/messages" */
/** @import { Input } from "app/dictation/microphone" */

const TICK_MS = 500;

/** The page of a second device: its microphone, and the text of the dictation. */
export class DevicePage {
  #transcript = new Transcript(byId("log", HTMLElement));
  #tail = new Tail(byId("tail", HTMLElement));
  #status = new StatusLine(byId("status", HTMLElement));
  #voice = new VoiceLine(byId("voice", HTMLElement), query(document, ".dock-inner", HTMLElement));
  #follow = new Follow(
    byId("now", HTMLElement),
    query(document, ".dock", HTMLElement),
    byId("back", HTMLButtonElement),
  );
  #microphone = byId("microphone", HTMLButtonElement);
  #leave = byId("leave", HTMLButtonElement);
  #wakeLock = new WakeLock();
  #connection;
  #timer;
  /** @type {Input | null} */
  #input = null;
  /** @type {Level | null} */
  #level = null;
  #isOpening = false;
  // Why the microphone is off, or why all of it is over.
  #problem = "";
  #isOver = false;

  /** @param {{socket: string}} data */
  constructor({ socket }) {
    this.#connection = new DeviceConnection(new URL(socket, location.href).href.replace(/^http/, "ws"), {
      changed: () => this.#show(),
      text: (message) => this.#showText(message),
      names: nameRows,
      lost: () => this.#tail.clear(),
      over: (sentence) => this.#end(sentence),
      lastSeq: () => this.#transcript.lastSeq,
    });
    this.#microphone.onclick = () => this.#press();
    this.#leave.onclick = () => this.#quit();
    this.#microphone.disabled = this.#leave.disabled = false;
    this.#timer = setInterval(() => this.#show(), TICK_MS);
    this.#follow.isActive = true;
    this.#show();
  }

  close() {
    clearInterval(this.#timer);
    this.#connection.close();
    this.#stopMicrophone();
    this.#wakeLock.close();
    this.#voice.close();
    this.#follow.close();
    this.#transcript.close();
  }

  #press() {
    if (this.#input === null) this.#open();
    else this.#connection.mute(!this.#connection.isMuted);
  }

  async #open() {
    if (this.#isOpening) return;
    this.#isOpening = true;
    this.#problem = "";
    try {
      // What the other device plays may be heard here.
      const input = await openMicrophone("");
      if (this.#isOver) return input.close();
      this.#input = input;
      const level = new Level(input.stream);
      this.#level = level;
      input.track.onended = () => this.#microphoneEnded();
      this.#voice.start({
        level: () => (this.#connection.isMuted ? null : level.read()),
        clock: () => this.#connection.clock.read(),
        savedUntil: () => this.#transcript.savedUntil,
      });
      this.#connection.begin(input);
    } catch (error) {
      this.#problem = sentenceOf(error);
    } finally {
      this.#isOpening = false;
      this.#show();
    }
  }

  /** The system has taken the microphone away, such as for a call. */
  #microphoneEnded() {
    this.#problem = gettext("The microphone was turned off. Turn it on again.");
    this.#connection.end();
  }

  #stopMicrophone() {
    this.#voice.stop();
    this.#level?.close();
    this.#input?.close();
    this.#level = this.#input = null;
  }

  #quit() {
    this.#connection.leave();
    // Its answer need not be awaited: no sound leaves this device from here on.
    this.#connection.close();
    this.#end(gettext("This phone has left the dictation."));
  }

  /** @param {string} sentence */
  #end(sentence) {
    this.#isOver = true;
    this.#problem = sentence;
    this.#tail.clear();
    byId("tail", HTMLElement).hidden = true;
    this.#show();
  }

  /** @param {TextMessage} message */
  #showText(message) {
    if (message.type === "partial") {
      this.#tail.set(message);
    } else if (message.type === "final") {
      this.#transcript.add(message);
      this.#tail.remove(message.utterance);
      if (this.#transcript.hasGap) this.#connection.sync();
    }
    this.#follow.follow();
  }

  #show() {
    const { sound, isMuted, trouble, isOnline } = this.#connection;
    if (this.#input && (sound === "off" || this.#isOver)) this.#stopMicrophone();
    const isOn = this.#input !== null;
    if (this.#transcript.hasGap) this.#connection.sync();
    this.#voice.isLost = isOn && sound !== "live";
    this.#wakeLock.isWanted = isOn && !isMuted;
    this.#microphone.ariaPressed = String(isOn && !isMuted);
    const name = !isOn ? "off" : isMuted ? "muted" : "on";
    for (const each of queryAll(this.#microphone, "[data-name]", HTMLElement)) {
      each.hidden = each.dataset.name !== name;
    }
    this.#microphone.hidden = this.#leave.hidden = this.#isOver;
    this.#status.show(this.#state(sound, isMuted, isOnline), this.#problem || trouble);
  }

  /**
   * @param {string} sound
   * @param {boolean} isMuted
   * @param {boolean} isOnline
   */
  #state(sound, isMuted, isOnline) {
    if (this.#isOver) return "stopped";
    if (sound === "off") return isOnline ? "ready" : "connecting";
    if (isMuted) return "muted";
    return sound === "live" ? "listening" : sound === "connecting" ? "connecting" : "reconnecting";
  }
}
