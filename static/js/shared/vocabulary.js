import { gettext } from "app/shared/i18n";

const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const NAMED = /[\p{L}\p{N}]/u;
const MODEL_MARK = "<|";

/**
 * @typedef {{words: number, length: number}} VocabularyLimits - The most words, and the most characters in one.
 */

/**
 * Reads a custom vocabulary, one word or phrase per line, by the same rules as the server. The problem is a sentence,
 * or an empty string.
 * @param {string} text
 * @param {VocabularyLimits} limits
 */
export function readVocabulary(text, limits) {
  /** @type {Set<string>} */
  const words = new Set();
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const word = line
      .normalize("NFC")
      .replaceAll(/[\t\p{Zs}]+/gu, " ")
      .trim();
    if (!word) continue;
    const problem = problemOf(word, index + 1, limits);
    if (problem) return { words: [...words], problem };
    words.add(word);
  }
  return { words: [...words], problem: words.size > limits.words ? tooManyText(limits.words, words.size) : "" };
}

/**
 * @param {string} word
 * @param {number} line
 * @param {VocabularyLimits} limits
 */
function problemOf(word, line, { length }) {
  if (INVISIBLE.test(word)) return gettext("Line %(line)s contains an invisible character.", { line });
  if ([...word].length > length) {
    return gettext("Line %(line)s is longer than %(length)s characters.", { line, length });
  }
  if (!NAMED.test(word)) return gettext("Line %(line)s contains neither a letter nor a digit.", { line });
  if (!word.includes(MODEL_MARK)) return "";
  const values = { line, mark: MODEL_MARK };
  return gettext(
    "Line %(line)s contains %(mark)s, which the speech model uses for something else. Leave it out.",
    values,
  );
}

/**
 * @param {number} most
 * @param {number} count
 */
function tooManyText(most, count) {
  return gettext("You can have up to %(most)s lines, and there are %(count)s. Remove some.", { most, count });
}
