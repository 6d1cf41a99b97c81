/**
 * Closes what a page has opened when the page is left for good. A page in the back/forward cache keeps it open, because
 * the user may return.
 * @param {{close(): void}[]} opened
 */
export function closeWhenLeft(...opened) {
  window.addEventListener("pagehide", ({ persisted }) => {
    if (persisted) return;
    for (const each of opened) each.close();
  });
}
