/** What stands in a sentence where somebody spoke and nothing could be made out. */
export const UNCLEAR = "[unclear]";

/** Writes a sentence, with an element of its own for each place that is unclear. */
export function writeSentence(element, text) {
  const parts = text.split(UNCLEAR).flatMap((part, number) => (number ? [unclearPlace(), part] : [part]));
  element.replaceChildren(...parts.filter((part) => part !== ""));
}

function unclearPlace() {
  const place = document.createElement("span");
  place.className = "unclear";
  place.textContent = UNCLEAR;
  return place;
}
