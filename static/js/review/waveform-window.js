import { query } from "app/shared/dom";
import { fillOutline, halvesOf } from "app/shared/outline";

const HEIGHT = 26;
const PEN_WIDTH = 3;

/**
 * The sound around a place: `levels` are bytes for -60 to 0 dB between `from` and `to`; all times are milliseconds.
 * @typedef {{levels: Uint8Array, from: number, to: number, start: number, end: number}} Surroundings
 */

/**
 * Draws the sound around a place as a pen stroke: the place itself in the colour of live text, and a pen at the
 * position that is played.
 */
export class WaveformWindow {
  #canvas;
  #surroundings;
  #halves;
  /** @type {number | null} */
  #at = null;
  #events = new AbortController();
  #resize = new ResizeObserver(() => this.#draw());

  /**
   * @param {HTMLElement} element
   * @param {Surroundings} surroundings
   */
  constructor(element, surroundings) {
    this.#canvas = query(element, "canvas", HTMLCanvasElement);
    this.#surroundings = surroundings;
    this.#halves = halvesOf([...surroundings.levels]);
    this.#resize.observe(element);
    for (const media of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      const { signal } = this.#events;
      window.matchMedia(media).addEventListener("change", () => this.#draw(), { signal });
    }
  }

  /** @param {number | null} ms - The position that is played; null while nothing is. */
  show(ms) {
    this.#at = ms;
    this.#draw();
  }

  close() {
    this.#events.abort();
    this.#resize.disconnect();
  }

  #draw() {
    const context = this.#canvas.getContext("2d");
    if (!context) return;
    const { from, to, start, end } = this.#surroundings;
    const width = this.#canvas.clientWidth;
    const ratio = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(HEIGHT * ratio);
    const style = getComputedStyle(this.#canvas);
    const [edge, wet] = ["--edge", "--wet"].map((name) => style.getPropertyValue(name).trim());
    /** @param {number} ms */
    const x = (ms) => ((ms - from) / (to - from)) * width;
    /**
     * @param {number} left
     * @param {number} right
     * @param {string} color
     */
    const stroke = (left, right, color) => {
      context.fillStyle = color;
      fillOutline(context, this.#halves, { from: left, to: Math.max(left + 1, right), width, height: HEIGHT });
    };
    context.scale(ratio, ratio);
    stroke(0, x(start), edge);
    stroke(x(end), width, edge);
    stroke(x(start), x(end), wet);
    context.fillStyle = wet;
    const pen = x(this.#at ?? start);
    context.fillRect(Math.min(Math.max(0, pen - PEN_WIDTH / 2), width - PEN_WIDTH), 0, PEN_WIDTH, HEIGHT);
  }
}
