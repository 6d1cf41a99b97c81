// Brings the player to the page of a transcript whose sound is still being made ready.

const AGAIN_MS = 2000;
const place = document.getElementById("without-sound");

async function look() {
  const response = await fetch(place.dataset.url, { credentials: "same-origin" }).catch(() => null);
  if (response?.ok && !response.redirected) {
    // The same template as the page's own: its script runs when it is put in.
    const player = document.createRange().createContextualFragment(await response.text());
    if (!player.querySelector("#without-sound[data-url]")) return place.replaceWith(player);
  }
  setTimeout(look, AGAIN_MS);
  return undefined;
}

setTimeout(look, AGAIN_MS);
