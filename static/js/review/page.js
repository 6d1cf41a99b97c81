import { around, PlaceSound } from "app/review/sound";
import { WaveformWindow } from "app/review/waveform-window";
import { byId, optional } from "app/shared/dom";
import { gettext } from "app/shared/i18n";

const BROKEN = gettext("The recording cannot be played right now. Reload this page to try again.");
const AWAY = gettext("The server cannot be reached. Nothing was saved; try again when the connection is back.");
const FAILED = gettext("The server could not do this. Nothing was saved; try again in a minute.");

/**
 * The screen of a review. Its forms work without scripts; htmx replaces only the parts that a decision changes, and
 * this class adds the keys and the sound.
 */
export class ReviewPage {
  /** @type {PlaceSound | null} */
  #sound = null;
  /** @type {WaveformWindow | null} */
  #waveform = null;
  // Aborted when another place is shown.
  #place = new AbortController();
  #events = new AbortController();

  constructor() {
    const audio = optional(document, "#review-audio", HTMLAudioElement);
    if (audio) {
      this.#sound = new PlaceSound(audio, { moved: (ms) => this.#waveform?.show(ms), failed: () => say(BROKEN) });
    }
    this.#listen();
    if (document.activeElement === document.body) {
      const isDecided = new URLSearchParams(window.location.search).has("place");
      (find("place") ?? (isDecided ? find("all-done") : null))?.focus({ preventScroll: true });
    }
    this.#prepare();
  }

  close() {
    this.#events.abort();
    this.#leavePlace();
    this.#sound?.close();
  }

  #listen() {
    const { signal } = this.#events;
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    // Only after settling: before, submitting a form would still load the whole page.
    document.addEventListener("htmx:afterSettle", ({ target }) => target.id === "work" && this.#arrive(), { signal });
    document.addEventListener("htmx:sendError", () => say(AWAY), { signal });
    document.addEventListener(
      "htmx:responseError",
      ({ detail }) => {
        // After an error of the server, what was typed stays, so that the user can try again.
        if (detail.xhr.status >= 500) say(FAILED);
        else window.location.reload();
      },
      { signal },
    );
    document.addEventListener(
      "htmx:beforeSwap",
      ({ detail }) => {
        // The user was logged out or has lost the permission: a reload shows the page that says so.
        if (new URL(detail.xhr.responseURL).pathname.startsWith(window.location.pathname)) return;
        detail.shouldSwap = false;
        window.location.reload();
      },
      { signal },
    );
  }

  // The replaced part gets the focus, so that the next key applies to the next place.
  #arrive() {
    (find("place") ?? find("all-done") ?? find("review-title"))?.focus();
    this.#prepare();
  }

  #prepare() {
    this.#leavePlace();
    const place = find("place");
    const play = optional(document, "#play", HTMLButtonElement);
    if (!place || !play || !this.#sound?.canPlay) return;
    play.hidden = false;
    play.addEventListener("click", () => this.#play());
    this.#draw(timesOf(place), this.#place.signal);
  }

  #leavePlace() {
    this.#sound?.stop();
    this.#waveform?.close();
    this.#waveform = null;
    this.#place.abort();
    this.#place = new AbortController();
  }

  /**
   * Draws the sound around the place; if that fails, the place can still be played.
   * @param {{start: number, end: number}} times
   * @param {AbortSignal} signal
   */
  async #draw({ start, end }, signal) {
    const element = byId("waveform-window", HTMLElement);
    const { from, to } = around(start, end);
    const levels = await levelsOf(`${element.dataset.url}?from=${from}&to=${to}`, signal);
    if (!levels || signal.aborted) return;
    element.hidden = false;
    this.#waveform = new WaveformWindow(element, { levels, from, to, start, end });
  }

  #play() {
    const place = find("place");
    if (!place || !this.#sound?.canPlay) return;
    const { start, end } = timesOf(place);
    this.#sound.play(start, end);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const action = this.#actionOf(event);
    if (!action) return;
    event.preventDefault();
    // A key that is held down would decide about places that the user has not seen.
    if (!event.repeat) action();
  }

  /** @param {KeyboardEvent} event */
  #actionOf({ target, key, shiftKey }) {
    const id = target instanceof Element ? target.id : "";
    if (id === "place" && !shiftKey) {
      if (key === " ") return () => this.#play();
      if (key === "Enter") return () => byId("keep-form", HTMLFormElement).requestSubmit();
      if (key === "F2") return correct;
    }
    if (id === "written") {
      if (key === "Enter" && shiftKey) return () => this.#play();
      if (key === "Enter") return () => byId("correct-form", HTMLFormElement).requestSubmit();
      if (key === "Escape") return leave;
    }
    return null;
  }
}

/** @param {string} id */
function find(id) {
  return optional(document, `#${id}`, HTMLElement);
}

/** @param {HTMLElement} place */
function timesOf({ dataset }) {
  return { start: Number(dataset.startMs), end: Number(dataset.endMs) };
}

/**
 * The levels of a part of the recording; null if the server cannot give them.
 * @param {string} url
 * @param {AbortSignal} signal
 */
async function levelsOf(url, signal) {
  try {
    const response = await fetch(url, { signal });
    return response.ok && !response.redirected ? new Uint8Array(await response.arrayBuffer()) : null;
  } catch {
    return null;
  }
}

function correct() {
  const field = byId("written", HTMLInputElement);
  field.focus();
  field.select();
}

function leave() {
  const field = byId("written", HTMLInputElement);
  field.value = field.defaultValue;
  find("place")?.focus();
}

/** @param {string} sentence */
function say(sentence) {
  const problem = byId("review-problem", HTMLElement);
  problem.textContent = sentence;
  problem.hidden = false;
}
