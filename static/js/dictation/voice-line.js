import { query } from "app/shared/dom";
import { gettext, pgettext } from "app/shared/i18n";
import { drawPen, halfThickness, THICKEST } from "app/shared/pen";

const FRAME_MS = 50;
const STILL_FRAME_MS = 500;
const SPEED = 32;
const HEIGHT = 25;
const FADE = 0.67;

/**
 * @typedef {object} VoiceSource - The values of this moment that the line shows.
 * @property {() => number | null} level - In decibels of full scale, or null while the microphone is off on purpose.
 * @property {() => number} clock - The session's clock in milliseconds.
 * @property {() => number} savedUntil - The time on that clock up to which words are saved.
 *
 * @typedef {{at: number, clock: number, half: number}} Stroke - One reading of the level; `half` is half the thickness
 *   in pixels.
 */

/** The level meter of the page, which draws the voice as a pen stroke along the dock's edge. */
export class VoiceLine {
  #meter;
  #canvas;
  #penX = 0;
  /** @type {VoiceSource | null} */
  #source = null;
  /** @type {Stroke[]} */
  #strokes = [];
  #level = 0;
  /** @type {number | undefined} */
  #timer;
  #drawnAt = 0;
  #describedAt = 0;
  #isLost = false;
  #reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");
  #resize;

  /**
   * @param {HTMLElement} meter - The element with role="meter" around a canvas.
   * @param {HTMLElement} measure - The pen is drawn at its right edge.
   */
  constructor(meter, measure) {
    this.#meter = meter;
    this.#canvas = query(meter, "canvas", HTMLCanvasElement);
    this.#resize = new ResizeObserver(() => this.#fit(measure));
    this.#resize.observe(measure);
    this.#resize.observe(meter);
  }

  /** @param {VoiceSource} source */
  start(source) {
    this.stop();
    this.#source = source;
    this.#timer = setInterval(() => this.#readLevel(source), FRAME_MS);
  }

  /** Stops reading the level and clears the line. */
  stop() {
    clearInterval(this.#timer);
    this.#source = null;
    this.#strokes = [];
    this.#level = 0;
    this.#draw();
    this.#describe(pgettext("level of sound", "Off"), 0);
  }

  /**
   * Whether the sound does not reach the server: the pen then has the warning colour and draws no stroke.
   * @param {boolean} value
   */
  set isLost(value) {
    this.#isLost = value;
  }

  close() {
    this.stop();
    this.#resize.disconnect();
  }

  /** @param {VoiceSource} source */
  #readLevel(source) {
    const now = performance.now();
    const db = source.level();
    const heard = db === null ? 0 : halfThickness(db);
    // Smoothed so that the stroke thickens fast and thins slowly.
    this.#level += (heard - this.#level) * (heard > this.#level ? 0.6 : 0.3);
    if (this.#level < 0.3) this.#level = 0;
    const half = this.#isLost || db === null ? 0 : this.#level;
    this.#strokes.push({ at: now, clock: source.clock(), half });
    const oldest = now - (this.#penX / SPEED) * 1000 - 1000;
    while (this.#strokes.length && this.#strokes[0].at < oldest) this.#strokes.shift();
    if (now - this.#describedAt >= 1000) this.#describe(levelText(db, heard), heard);
    if (!this.#reducedMotion.matches || now - this.#drawnAt >= STILL_FRAME_MS) this.#draw(now);
  }

  /**
   * @param {string} text
   * @param {number} heard - The level as half of a line's thickness in pixels.
   */
  #describe(text, heard) {
    this.#describedAt = performance.now();
    this.#meter.setAttribute("aria-valuetext", text);
    this.#meter.setAttribute("aria-valuenow", String(Math.round((heard / THICKEST) * 100)));
  }

  /** @param {HTMLElement} measure */
  #fit(measure) {
    const ratio = window.devicePixelRatio || 1;
    const style = getComputedStyle(measure);
    this.#penX = Math.round(measure.getBoundingClientRect().right - parseFloat(style.paddingRight));
    const width = this.#penX + 1;
    this.#canvas.style.width = `${width}px`;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(HEIGHT * ratio);
    this.#draw();
  }

  #draw(now = performance.now()) {
    this.#drawnAt = now;
    const context = this.#canvas.getContext("2d");
    if (!context) return;
    const ratio = this.#canvas.height / HEIGHT;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.globalCompositeOperation = "source-over";
    context.clearRect(0, 0, this.#penX + 1, HEIGHT);
    if (this.#source === null) return;
    const style = getComputedStyle(this.#canvas);
    /** @param {string} name */
    const color = (name) => style.getPropertyValue(name).trim();
    if (this.#reducedMotion.matches) this.#drawStill(context, color("--wet"));
    else this.#drawStrokes(context, now, this.#source.savedUntil(), { dry: color("--ink-2"), wet: color("--wet") });
    this.#fade(context);
    drawPen(context, this.#penX, {
      width: this.#penX,
      height: HEIGHT,
      color: color(this.#isLost ? "--signal" : "--wet"),
    });
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} now
   * @param {number} savedUntil
   * @param {{dry: string, wet: string}} inks - The colours of saved and of unsaved words.
   */
  #drawStrokes(context, now, savedUntil, { dry, wet }) {
    /** @param {Stroke} stroke */
    const x = (stroke) => this.#penX - 1.5 - ((now - stroke.at) / 1000) * SPEED;
    const halves = smooth(this.#strokes.map((stroke) => stroke.half));
    for (let first = 0; first < this.#strokes.length; ) {
      const isDry = this.#strokes[first].clock <= savedUntil;
      let last = first;
      while (last < this.#strokes.length && this.#strokes[last].clock <= savedUntil === isDry) last += 1;
      // They overlap by one stroke, so that the two colours meet without a seam.
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

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {string} wet
   */
  #drawStill(context, wet) {
    const half = this.#isLost ? 0 : this.#level;
    context.fillStyle = wet;
    context.fillRect(0, HEIGHT / 2 - half, this.#penX, 2 * half);
  }

  /** @param {CanvasRenderingContext2D} context */
  #fade(context) {
    const gradient = context.createLinearGradient(0, 0, this.#penX * FADE, 0);
    gradient.addColorStop(0, "rgb(0 0 0 / 0)");
    gradient.addColorStop(1, "rgb(0 0 0 / 1)");
    context.globalCompositeOperation = "destination-in";
    context.fillStyle = gradient;
    context.fillRect(0, 0, this.#penX + 1, HEIGHT);
    context.globalCompositeOperation = "source-over";
  }
}

/**
 * @param {number | null} db
 * @param {number} heard
 */
function levelText(db, heard) {
  if (db === null) return pgettext("level of sound", "Paused");
  return heard ? gettext("We hear you") : pgettext("level of sound", "Silence");
}

/**
 * Averages each value with its neighbours, nearer ones weighted more, so that readings look like a pen stroke.
 * @param {number[]} values
 */
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
