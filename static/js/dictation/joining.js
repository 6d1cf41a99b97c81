// Marks that attach to the text before them. A quotation mark does so only if no word follows it: otherwise it opens.
const CLOSING = /^(?:[\p{Terminal_Punctuation}\p{Pe}…]|["'’”»]+(?:\s|\p{Terminal_Punctuation}|$))/u;
const UNSPACED =
  "[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}" +
  "\\p{Script=Myanmar}\\u3001-\\u303f\\u30fc\\uff01-\\uff65]";
const ENDS_UNSPACED = new RegExp(`${UNSPACED}$`, "u");
const BEGINS_UNSPACED = new RegExp(`^${UNSPACED}`, "u");

const SENTENCE_END = /(\p{Sentence_Terminal}[\p{Pe}\p{Pf}"']*)(\s*)[\p{Ps}\p{Pi}"'¿¡]*([\p{L}\p{N}])/gu;
const ENDS_WIDE = /[。！？｡．][\p{Pe}\p{Pf}"']*$/u;
// After "Dr.", "J." or "3." it is unclear whether the sentence has ended. Splitting too late disturbs readers less.
const DOUBTFUL = /(?:^|[^\p{L}\p{N}])(?:\p{Lu}\p{L}{0,2}|\d{1,2})\.$/u;

/**
 * Joins two pieces of text, adding a space if the script uses spaces there and neither piece has one.
 * @param {string} before
 * @param {string} after
 */
export function join(before, after) {
  return needsSpace(before, after) ? `${before} ${after}` : before + after;
}

/**
 * Splits what follows `stable` into `[rest, ...sentences]`: `rest` belongs to the sentence of `stable` and keeps its
 * leading space; `sentences` are those that seem to begin after it.
 * @param {string} stable
 * @param {string} tentative
 */
export function following(stable, tentative) {
  const whole = join(stable, tentative);
  const cuts = [...whole.matchAll(SENTENCE_END)]
    .filter(({ index }) => index >= stable.length)
    .filter(([, end, space, next]) => (space || ENDS_WIDE.test(end)) && !/\p{Ll}/u.test(next))
    .map(({ index, 1: end }) => index + end.length)
    .filter((at) => !DOUBTFUL.test(whole.slice(0, at)));
  const [rest, ...sentences] = [stable.length, ...cuts].map((at, number) => whole.slice(at, cuts[number]));
  return [rest, ...sentences.map((each) => each.trim())];
}

/**
 * @param {string} before
 * @param {string} after
 */
function needsSpace(before, after) {
  if (!before || !after || /\s$/.test(before) || /^\s/.test(after)) return false;
  return !CLOSING.test(after) && !ENDS_UNSPACED.test(before) && !BEGINS_UNSPACED.test(after);
}
