const WIDTH = 3;
const HEIGHT = 24;
const LEAST = 0.6;
const QUIET_DB = -50;
const LOUD_DB = -10;

/** Half the thickness of the thickest line, in pixels. */
export const THICKEST = 6;

/**
 * Half a line's thickness in pixels at a level in decibels: a hairline in silence, six for a loud voice.
 * @param {number} db
 */
export function halfThickness(db) {
  const share = Math.min(1, Math.max(0, (db - QUIET_DB) / (LOUD_DB - QUIET_DB)));
  return db < QUIET_DB ? 0 : LEAST + (THICKEST - LEAST) * share;
}

/**
 * Draws the pen on a canvas `height` high, within its `width`; `x` is the middle of the pen.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {{width: number, height: number, color: string}} line
 */
export function drawPen(context, x, { width, height, color }) {
  const left = Math.min(Math.max(0, x - WIDTH / 2), width - WIDTH);
  context.fillStyle = color;
  context.beginPath();
  context.roundRect(left, (height - HEIGHT) / 2, WIDTH, HEIGHT, 1.5);
  context.fill();
}
