import { gettext, pgettext } from "app/shared/i18n";
import { THICKEST, drawPen, halfThickness } from "app/shared/pen";

const FRAME_MS = 50;
const STILL_FRAME_MS = 500;
const SPEED = 32;
const HEIGHT = 25;
const FADE = 0.67;

/**
 * The voice drawn like a pen stroke along the dock's edge, and the page's level meter.
 *
 * `source` answers three questions about this moment: `level()` in decibels or null when nothing is heard by
 * design, `clock()` in session milliseconds, and `savedUntil()`: up to where of that clock the words are saved.
 */
export class VoiceLine {
  #meter;
  #canvas;
  #pen;
  #source = null;
  #strokes = [];
  #level = 0;
  #timer = null;
  #drawnAt = 0;
  #spokenAt = 0;
  #lost = false;
  #still = window.matchMedia("(prefers-reduced-motion: reduce)");
  #resize;

  /** `meter` is the element with role="meter" around a canvas; the pen stands at the right edge of `measure`. */
  constructor(meter, measure) {
    this.#meter = meter;
    this.#canvas = meter.querySelector("canvas");
    this.#resize = new ResizeObserver(() => this.#fit(measure));
    this.#resize.observe(measure);
    this.#resize.observe(meter);
  }

  start(source) {
    this.stop();
    this.#source = source;
    this.#timer = setInterval(() => this.#tick(), FRAME_MS);
  }

  /** The line goes flat. */
  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#source = null;
    this.#strokes = [];
    this.#level = 0;
    this.#draw();
    this.#tell(pgettext("level of sound", "Off"), 0);
  }

  /** Whether what is heard now goes nowhere: the pen then stands in signal and draws nothing. */
  set lost(value) {
    this.#lost = value;
  }

  close() {
    this.stop();
    this.#resize.disconnect();
  }

  #tick() {
    const now = performance.now();
    const db = this.#source.level();
    const heard = db === null ? 0 : halfThickness(db);
    // Smoothed to a stroke: quick to swell, slow to thin.
    this.#level += (heard - this.#level) * (heard > this.#level ? 0.6 : 0.3);
    if (this.#level < 0.3) this.#level = 0;
    const half = this.#lost || db === null ? 0 : this.#level;
    this.#strokes.push({ at: now, clock: this.#source.clock(), half });
    const oldest = now - (this.#pen / SPEED) * 1000 - 1000;
    while (this.#strokes.length && this.#strokes[0].at < oldest) this.#strokes.shift();
    if (now - this.#spokenAt >= 1000) this.#tell(levelText(db, heard), heard);
    if (!this.#still.matches || now - this.#drawnAt >= STILL_FRAME_MS) this.#draw(now);
  }

  #tell(text, heard) {
    this.#spokenAt = performance.now();
    this.#meter.setAttribute("aria-valuetext", text);
    this.#meter.setAttribute("aria-valuenow", String(Math.round((heard / THICKEST) * 100)));
  }

  #fit(measure) {
    const ratio = window.devicePixelRatio || 1;
    const style = getComputedStyle(measure);
    this.#pen = Math.round(measure.getBoundingClientRect().right - parseFloat(style.paddingRight));
    const width = this.#pen + 1;
    this.#canvas.style.width = `${width}px`;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(HEIGHT * ratio);
    this.#draw();
  }

  #draw(now = performance.now()) {
    this.#drawnAt = now;
    const context = this.#canvas.getContext("2d");
    const ratio = this.#canvas.height / HEIGHT;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.globalCompositeOperation = "source-over";
    context.clearRect(0, 0, this.#pen + 1, HEIGHT);
    if (this.#source === null) return;
    const style = getComputedStyle(this.#canvas);
    const color = (name) => style.getPropertyValue(name).trim();
    if (this.#still.matches) this.#drawStill(context, color("--wet"));
    else this.#drawStrokes(context, now, color("--ink-2"), color("--wet"));
    this.#fade(context);
    drawPen(context, this.#pen, { width: this.#pen, height: HEIGHT, color: color(this.#lost ? "--signal" : "--wet") });
  }

  #drawStrokes(context, now, dry, wet) {
    const saved = this.#source.savedUntil();
    const x = (stroke) => this.#pen - 1.5 - ((now - stroke.at) / 1000) * SPEED;
    const halves = smooth(this.#strokes.map((stroke) => stroke.half));
    for (let first = 0; first < this.#strokes.length; ) {
      const isDry = this.#strokes[first].clock <= saved;
      let last = first;
      while (last < this.#strokes.length && this.#strokes[last].clock <= saved === isDry) last += 1;
      // One stroke of overlap, so that the two inks meet without a seam.
      const end = Math.min(last + 1, this.#strokes.length);
      context.fillStyle = isDry ? dry : wet;
      context.beginPath();
      for (let i = first; i < end; i += 1) context.lineTo(x(this.#strokes[i]), HEIGHT / 2 - halves[i]);
      for (let i = end - 1; i >= first; i -= 1) context.lineTo(x(this.#strokes[i]), HEIGHT / 2 + halves[i]);
      context.closePath();
      context.fill();
      first = last;
    }
  }

  #drawStill(context, wet) {
    context.fillStyle = wet;
    const half = this.#lost ? 0 : this.#level;
    context.fillRect(0, HEIGHT / 2 - half, this.#pen, 2 * half);
  }

  #fade(context) {
    const gradient = context.createLinearGradient(0, 0, this.#pen * FADE, 0);
    gradient.addColorStop(0, "rgb(0 0 0 / 0)");
    gradient.addColorStop(1, "rgb(0 0 0 / 1)");
    context.globalCompositeOperation = "destination-in";
    context.fillStyle = gradient;
    context.fillRect(0, 0, this.#pen + 1, HEIGHT);
    context.globalCompositeOperation = "source-over";
  }
}

function levelText(db, heard) {
  if (db === null) return pgettext("level of sound", "Paused");
  return heard ? gettext("We hear you") : pgettext("level of sound", "Silence");
}

/** Each value among its neighbours, the nearer the heavier: readings become a pen stroke. */
function smooth(values) {
  const weights = [1, 2, 3, 2, 1];
  return values.map((_, i) => {
    let sum = 0;
    let weight = 0;
    weights.forEach((each, k) => {
      const value = values[i + k - 2];
      if (value === undefined) return;
      sum += each * value;
      weight += each;
    });
    return sum / weight;
  });
}
