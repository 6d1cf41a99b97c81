import { halfThickness } from "app/shared/pen";

const QUIETEST_DB = -60;
const HAIRLINE = 0.5;

/**
 * Converts the levels of a recording, bytes for -60 to 0 dB, to halves of a line's thickness in pixels.
 * @param {number[]} levels
 */
export function halvesOf(levels) {
  return levels.map((level) => halfThickness(QUIETEST_DB * (1 - level / 255)));
}

/**
 * Fills the part between the x positions `from` and `to` of a line whose `halves` lie at equal steps over `width`.
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} halves
 * @param {{from: number, to: number, width: number, height: number}} place
 */
export function fillOutline(context, halves, { from, to, width, height }) {
  const step = width / halves.length;
  const middle = height / 2;
  /** @param {number} i */
  const half = (i) => Math.max(HAIRLINE, halves[i]);
  context.save();
  context.beginPath();
  context.rect(from, 0, to - from, height);
  context.clip();
  context.beginPath();
  context.moveTo(0, middle - HAIRLINE);
  for (let i = 0; i < halves.length; i += 1) context.lineTo((i + 0.5) * step, middle - half(i));
  context.lineTo(width, middle - HAIRLINE);
  context.lineTo(width, middle + HAIRLINE);
  for (let i = halves.length - 1; i >= 0; i -= 1) context.lineTo((i + 0.5) * step, middle + half(i));
  context.lineTo(0, middle + HAIRLINE);
  context.closePath();
  context.fill();
  context.restore();
}
