const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const NAMED = /[\p{L}\p{N}]/u;
const MODEL_MARK = "<|";

/**
 * Reads words and phrases to expect, one a line, as the server will: `{words, problem}`. The problem is a sentence, or
 * nothing. `limits` is `{words, length}`.
 */
export function readVocabulary(text, limits) {
  const words = new Set();
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const word = line.normalize("NFC").replaceAll(/[\t\p{Zs}]+/gu, " ").trim();
    if (!word) continue;
    const wrong = whatIsWrong(word, limits);
    if (wrong) return { words: [...words], problem: `Line ${index + 1} ${wrong}` };
    words.add(word);
  }
  const problem = words.size > limits.words ? `${limits.words} lines fit; these are ${words.size}. Leave some out.` : "";
  return { words: [...words], problem };
}

function whatIsWrong(word, limits) {
  if (INVISIBLE.test(word)) return "has a character that cannot be seen.";
  if ([...word].length > limits.length) return `is longer than ${limits.length} characters.`;
  if (!NAMED.test(word)) return "has neither a letter nor a digit.";
  if (word.includes(MODEL_MARK)) return `has ${MODEL_MARK} in it, which means something else to the model.`;
  return "";
}
