// captions/transcripts/wording.py has the same; a test has both find the same places.
const WORD = "[\\p{L}\\p{N}\\p{M}_\\u200c\\u200d]";
const CONTINUES = "[\\p{M}\\u0e33\\u0eb3\\u200d]";
const HAS_NO_SPACES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\u30fc]/u;

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
  const signs = [...parts.join("")];
  if (wholeWords && hasBounds(signs[0])) source = `(?<!${WORD})${source}`;
  if (wholeWords) source = `${source}(?!${hasBounds(signs.at(-1)) ? WORD : CONTINUES})`;
  return new RegExp(source, matchCase ? "gu" : "giu");
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`);
}

/** @param {string} [sign] */
function hasBounds(sign = "") {
  return /[\p{L}\p{N}\p{M}]/u.test(sign) && !HAS_NO_SPACES.test(sign);
}
