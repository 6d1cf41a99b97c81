import { clockText } from "app/shared/clock";
import { query } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { fillOutline, halvesOf } from "app/shared/outline";
import { drawPen } from "app/shared/pen";

/** @import { Span } from "app/player/silence" */

const HEIGHT = 25;
const STROKE_PX = 4;
const AHEAD = 0.45;
const STEP_MS = 2000;
const LEAP_MS = 30000;

/**
 * The player's slider, drawn as a pen stroke over the whole session: solid where it was played, in the colour of live
 * text for the current sentence, pale for the rest. `peaks` are bytes for -60 to 0 dB at equal steps.
 */
export class PlayerLine {
  #element;
  #canvas;
  #durationMs;
  #peaks;
  #halves = [0];
  #seek;
  #at = 0;
  /** @type {Span | null} */
  #sentence = null;
  #width = 0;
  #events = new AbortController();
  #resize;

  /**
   * `seek(ms)` is called when the user moves the slider.
   * @param {HTMLElement} element
   * @param {{durationMs: number, peaks: number[], seek: (ms: number) => void}} options
   */
  constructor(element, { durationMs, peaks, seek }) {
    this.#element = element;
    this.#canvas = query(element, "canvas", HTMLCanvasElement);
    this.#durationMs = Math.max(1, durationMs);
    this.#peaks = halvesOf(peaks);
    this.#seek = seek;
    this.#resize = new ResizeObserver(() => this.#fit());
    this.#resize.observe(element);
    this.#listen();
  }

  /**
   * @param {number} ms
   * @param {Span | null} sentence - Null between sentences.
   */
  show(ms, sentence) {
    this.#at = Math.min(Math.max(0, ms), this.#durationMs);
    this.#sentence = sentence;
    const second = String(Math.floor(this.#at / 1000));
    if (this.#element.dataset.second !== second) {
      this.#element.dataset.second = second;
      this.#element.setAttribute("aria-valuenow", String(Math.round(this.#at)));
      const values = { time: clockText(this.#at), length: clockText(this.#durationMs) };
      this.#element.setAttribute("aria-valuetext", gettext("%(time)s of %(length)s", values));
    }
    this.#draw();
  }

  close() {
    this.#events.abort();
    this.#resize.disconnect();
  }

  #listen() {
    const signal = this.#events.signal;
    const element = this.#element;
    element.addEventListener("keydown", (event) => this.#key(event), { signal });
    element.removeAttribute("aria-disabled");
    element.addEventListener(
      "pointerdown",
      (event) => {
        if (event.button !== 0) return;
        element.setPointerCapture(event.pointerId);
        this.#point(event);
      },
      { signal },
    );
    element.addEventListener(
      "pointermove",
      (event) => element.hasPointerCapture(event.pointerId) && this.#point(event),
      { signal },
    );
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      window.matchMedia(query).addEventListener("change", () => this.#draw(), { signal });
    }
  }

  /** @param {PointerEvent} event */
  #point({ clientX }) {
    const { left, width } = this.#element.getBoundingClientRect();
    this.#move(((clientX - left) / width) * this.#durationMs);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    /** @type {Record<string, number>} */
    const places = {
      ArrowLeft: this.#at - STEP_MS,
      ArrowDown: this.#at - STEP_MS,
      ArrowRight: this.#at + STEP_MS,
      ArrowUp: this.#at + STEP_MS,
      PageDown: this.#at - LEAP_MS,
      PageUp: this.#at + LEAP_MS,
      Home: 0,
      End: this.#durationMs,
    };
    const to = places[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#move(to);
  }

  /** @param {number} ms */
  #move(ms) {
    this.#seek(Math.min(Math.max(0, ms), this.#durationMs));
  }

  #fit() {
    const ratio = window.devicePixelRatio || 1;
    this.#width = this.#element.clientWidth;
    this.#canvas.width = Math.round(this.#width * ratio);
    this.#canvas.height = Math.round(HEIGHT * ratio);
    this.#halves = smooth(gathered(this.#peaks, Math.max(1, Math.floor(this.#width / STROKE_PX))));
    this.#draw();
  }

  #draw() {
    const context = this.#canvas.getContext("2d");
    if (!context) return;
    const ratio = this.#canvas.height / HEIGHT;
    const style = getComputedStyle(this.#canvas);
    /** @param {string} name */
    const color = (name) => style.getPropertyValue(name).trim();
    /** @param {number} ms */
    const x = (ms) => (ms / this.#durationMs) * this.#width;
    const pen = x(this.#at);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.#width, HEIGHT);
    this.#stroke(context, 0, pen, color("--ink-2"), 1);
    this.#stroke(context, pen, this.#width, color("--ink-2"), AHEAD);
    if (this.#sentence) {
      const [from, to] = [x(this.#sentence.start), x(this.#sentence.end)];
      context.clearRect(from, 0, Math.max(1, to - from), HEIGHT);
      this.#stroke(context, from, to, color("--wet"), 1);
    }
    drawPen(context, pen, { width: this.#width, height: HEIGHT, color: color("--wet") });
  }

  /**
   * Draws the part of the stroke between two x positions.
   * @param {CanvasRenderingContext2D} context
   * @param {number} from
   * @param {number} to
   * @param {string} color
   * @param {number} alpha
   */
  #stroke(context, from, to, color, alpha) {
    if (to <= from) return;
    context.globalAlpha = alpha;
    context.fillStyle = color;
    fillOutline(context, this.#halves, { from, to, width: this.#width, height: HEIGHT });
    context.globalAlpha = 1;
  }
}

/**
 * Reduces `values` to at most `count` by taking the mean of equal parts.
 * @param {number[]} values
 * @param {number} count
 */
function gathered(values, count) {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, i) => {
    const part = values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/**
 * Averages each value with its neighbours, so that readings look like a stroke.
 * @param {number[]} values
 */
function smooth(values) {
  if (values.length === 0) return [0];
  /** @param {number} i */
  const at = (i) => values[Math.min(values.length - 1, Math.max(0, i))];
  return values.map((value, i) => (at(i - 1) + 2 * value + at(i + 1)) / 4);
}
