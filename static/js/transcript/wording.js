const WORD = "[\\p{L}\\p{N}_]";
const HAS_NO_SPACES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** @typedef {{matchCase: boolean, wholeWords: boolean}} Matching */

/**
 * The places of `sought` in a text, as `[[start, end]]`, by the same rules as the server's for Replace all.
 * @param {string} text
 * @param {string} sought
 * @param {Matching} matching
 */
export function placesOf(text, sought, { matchCase, wholeWords }) {
  const pattern = patternOf(sought, matchCase, wholeWords);
  return pattern ? [...text.matchAll(pattern)].map((match) => [match.index, match.index + match[0].length]) : [];
}

/**
 * @param {string} sought
 * @param {boolean} matchCase
 * @param {boolean} wholeWords
 */
function patternOf(sought, matchCase, wholeWords) {
  const parts = sought.trim().split(/\s+/).filter(Boolean);
  if (!parts.length) return null;
  let source = parts.map(escaped).join("\\s+").replace(/['’]/g, "['’]");
  const whole = parts.join(" ");
  if (wholeWords && hasBounds(whole.at(0))) source = `(?<!${WORD})${source}`;
  if (wholeWords && hasBounds(whole.at(-1))) source = `${source}(?!${WORD})`;
  return new RegExp(source, matchCase ? "gu" : "giu");
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`);
}

/** @param {string} [sign] */
function hasBounds(sign = "") {
  return /[\p{L}\p{N}]/u.test(sign) && !HAS_NO_SPACES.test(sign);
}
