// Places in the text of an element, as the number of characters before them, whatever elements it contains.

/**
 * The place in the text at a pointer position; null if that is outside the element.
 * @param {Element} element
 * @param {{clientX: number, clientY: number}} event
 */
export function pressedAt(element, { clientX, clientY }) {
  const position = document.caretPositionFromPoint?.(clientX, clientY);
  const range = position ? null : document.caretRangeFromPoint?.(clientX, clientY);
  const node = position?.offsetNode ?? range?.startContainer;
  const offset = position?.offset ?? range?.startOffset ?? 0;
  return node && element.contains(node) ? placeOf(element, node, offset) : null;
}

/**
 * The place in the text of an offset in one of the element's nodes.
 * @param {Element} element
 * @param {Node} node
 * @param {number} offset
 */
export function placeOf(element, node, offset) {
  const before = document.createRange();
  before.setStart(element, 0);
  before.setEnd(node, offset);
  return before.toString().length;
}

/**
 * A range from one place to another; null if the text is shorter.
 * @param {Element} element
 * @param {number} from
 * @param {number} to
 */
export function rangeOf(element, from, to) {
  const ends = endsOf(element, from, to);
  if (!ends) return null;
  const range = document.createRange();
  range.setStart(ends.startContainer, ends.startOffset);
  range.setEnd(ends.endContainer, ends.endOffset);
  return range;
}

/**
 * The same as a static range. Browsers keep other ranges up to date with every change of the page, which is slow when
 * there are thousands of them.
 * @param {Element} element
 * @param {number} from
 * @param {number} to
 */
export function staticRangeOf(element, from, to) {
  const ends = endsOf(element, from, to);
  return ends && new StaticRange(ends);
}

/**
 * @param {Element} element
 * @param {number} from
 * @param {number} to
 * @returns {StaticRangeInit | null}
 */
function endsOf(element, from, to) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  /** @type {{startContainer: Node, startOffset: number} | null} */
  let start = null;
  let before = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.nodeValue?.length ?? 0;
    if (!start && from < before + length) start = { startContainer: node, startOffset: from - before };
    if (start && to <= before + length) return { ...start, endContainer: node, endOffset: to - before };
    before += length;
  }
  return null;
}
