import { fillOutline, halvesOf } from "app/shared/outline";

const HEIGHT = 26;
const PEN_WIDTH = 3;

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
    this.#halves = halvesOf([...levels]);
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
    context.fillStyle = color;
    fillOutline(context, this.#halves, { from, to: Math.max(from + 1, to), width, height: HEIGHT });
  }
}
