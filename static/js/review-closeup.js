import { halfThickness } from "app/voice-line";

const HEIGHT = 26;
const HAIRLINE = 0.5;
const PEN_WIDTH = 3;
const QUIETEST_DB = -60;

/** The voice around a place as a pen stroke: the place itself is wet, and a pen stands where it plays. */
export class Closeup {
  #canvas;
  #from;
  #to;
  #place;
  #halves;
  #at = null;
  #events = new AbortController();
  #resize;

  /** `levels` are bytes from -60 to 0 dB between `from` and `to`, `place` is `[start, end]`; all in milliseconds. */
  constructor(element, { levels, from, to, place }) {
    this.#canvas = element.querySelector("canvas");
    [this.#from, this.#to, this.#place] = [from, to, place];
    this.#halves = [...levels].map((level) => halfThickness(QUIETEST_DB * (1 - level / 255)));
    this.#resize = new ResizeObserver(() => this.#draw());
    this.#resize.observe(element);
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      const { signal } = this.#events;
      window.matchMedia(query).addEventListener("change", () => this.#draw(), { signal });
    }
  }

  show(ms) {
    this.#at = ms;
    this.#draw();
  }

  close() {
    this.#events.abort();
    this.#resize.disconnect();
  }

  #draw() {
    const width = this.#canvas.clientWidth;
    const ratio = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(HEIGHT * ratio);
    const context = this.#canvas.getContext("2d");
    const style = getComputedStyle(this.#canvas);
    const color = (name) => style.getPropertyValue(name).trim();
    const x = (ms) => ((ms - this.#from) / (this.#to - this.#from)) * width;
    const [start, end] = this.#place.map(x);
    context.scale(ratio, ratio);
    this.#stroke(context, 0, start, width, color("--edge"));
    this.#stroke(context, end, width, width, color("--edge"));
    this.#stroke(context, start, end, width, color("--wet"));
    context.fillStyle = color("--wet");
    const pen = this.#at === null ? start : x(this.#at);
    context.fillRect(Math.min(Math.max(0, pen - PEN_WIDTH / 2), width - PEN_WIDTH), 0, PEN_WIDTH, HEIGHT);
  }

  #stroke(context, from, to, width, color) {
    const step = width / this.#halves.length;
    context.save();
    context.beginPath();
    context.rect(from, 0, Math.max(1, to - from), HEIGHT);
    context.clip();
    context.fillStyle = color;
    context.beginPath();
    this.#halves.forEach((half, i) => context.lineTo((i + 0.5) * step, HEIGHT / 2 - Math.max(HAIRLINE, half)));
    for (let i = this.#halves.length - 1; i >= 0; i -= 1) {
      context.lineTo((i + 0.5) * step, HEIGHT / 2 + Math.max(HAIRLINE, this.#halves[i]));
    }
    context.closePath();
    context.fill();
    context.restore();
  }
}
