const SLICE_MS = 40;

/**
 * Does something with each item without keeping the page from reacting: pauses whenever it has taken a while.
 * @template T
 * @param {Iterable<T>} items
 * @param {(item: T) => void} work
 */
export async function inSlices(items, work) {
  let until = performance.now() + SLICE_MS;
  for (const item of items) {
    if (performance.now() > until) {
      await pause();
      until = performance.now() + SLICE_MS;
    }
    work(item);
  }
}

/** Lets the browser paint and handle what the user does. */
function pause() {
  return new Promise((resolve) => setTimeout(resolve));
}
