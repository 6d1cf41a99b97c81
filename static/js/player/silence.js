/** @typedef {{start: number, end: number}} Span - Milliseconds. */

// Short pauses belong to natural speech; only longer ones are skipped.
const LONG_MS = 1000;
const BEFORE_MS = 250;
const AFTER_MS = 250;

/**
 * Where to continue if nobody speaks at `ms`: shortly before the next of `spans`. Null if nothing is to be skipped, as
 * after the last span.
 * @param {Span[]} spans - Ordered by time; they may overlap.
 * @param {number} ms
 */
export function nextSpeech(spans, ms) {
  let silentSince = 0;
  for (const { start, end } of spans) {
    if (start > ms) {
      const from = silentSince === 0 ? 0 : silentSince + AFTER_MS;
      const to = start - BEFORE_MS;
      return start - silentSince >= LONG_MS && ms >= from && ms < to - 50 ? to : null;
    }
    silentSince = Math.max(silentSince, end);
    if (ms < silentSince) return null;
  }
  return null;
}
