/**
 * Closes what a page has opened when it is left for good; one that the browser keeps aside goes on when somebody comes
 * back to it.
 * @param {{close(): void}[]} opened
 */
export function closeWhenLeft(...opened) {
  window.addEventListener("pagehide", ({ persisted }) => {
    if (persisted) return;
    for (const each of opened) each.close();
  });
}
