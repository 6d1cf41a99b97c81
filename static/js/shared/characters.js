// Browsers without Intl.Segmenter cut between code points.
const characters =
  typeof Intl.Segmenter === "function" ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

/**
 * The longest beginning of a text that has whole characters, as people see them, and at most `most` code units.
 * @param {string} text
 * @param {number} most
 */
export function cut(text, most) {
  let end = 0;
  const parts = characters ? Array.from(characters.segment(text), ({ segment }) => segment) : [...text];
  for (const part of parts) {
    if (end + part.length > most) break;
    end += part.length;
  }
  return text.slice(0, end);
}
