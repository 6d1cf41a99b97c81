// Places in the text of an element, whatever elements are in it: as many characters of it stand before them.

/**
 * Where in its text somebody has pressed; null where they have pressed elsewhere.
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
 * The place of an offset in one of the nodes in it.
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
 * A range from one place to another; null where the text is not that long.
 * @param {Element} element
 * @param {number} from
 * @param {number} to
 */
export function rangeOf(element, from, to) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let before = 0;
  let isBegun = false;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.nodeValue?.length ?? 0;
    if (!isBegun && from < before + length) {
      range.setStart(node, from - before);
      isBegun = true;
    }
    if (isBegun && to <= before + length) {
      range.setEnd(node, to - before);
      return range;
    }
    before += length;
  }
  return null;
}
