// The screen of a review. Its forms work by themselves; htmx changes only what a decision changes, and this adds the
// keys and the sound.

import { gettext } from "app/shared/i18n";
import { Closeup } from "app/review/closeup";
import { PlaceSound, around } from "app/review/sound";

const BROKEN = gettext("The sound cannot be played now. Load this page again to try once more.");
const AWAY = gettext("The server cannot be reached. Nothing was saved; try again when the connection is back.");
const FAILED = gettext("The server could not do this. Nothing was saved; try again in a minute.");

const audio = document.getElementById("review-audio");
const sound = audio && new PlaceSound(audio, { moved: (ms) => closeup?.show(ms), failed: () => say(BROKEN) });
let closeup = null;
let shown = 0;

const find = (id) => document.getElementById(id);

function say(sentence) {
  const problem = find("review-problem");
  problem.textContent = sentence;
  problem.hidden = false;
}

function times() {
  const { startMs, endMs } = find("place").dataset;
  return [Number(startMs), Number(endMs)];
}

function play() {
  if (sound?.canPlay && find("place")) sound.play(...times());
}

// What was changed has the focus, so that the next key goes to the next place.
function arrive() {
  (find("place") ?? find("all-done") ?? find("review-title")).focus();
  prepare();
}

function prepare() {
  sound?.stop();
  closeup?.close();
  closeup = null;
  shown += 1;
  if (!find("place") || !sound?.canPlay) return;
  find("play").hidden = false;
  find("play").addEventListener("click", play);
  draw(shown);
}

// Without it the place can be heard all the same.
async function draw(turn) {
  const element = find("closeup");
  const place = times();
  const [from, to] = around(...place);
  let levels;
  try {
    const response = await fetch(`${element.dataset.url}?from=${from}&to=${to}`, { credentials: "same-origin" });
    if (!response.ok || response.redirected) return;
    levels = new Uint8Array(await response.arrayBuffer());
  } catch {
    return;
  }
  if (turn !== shown) return;
  element.hidden = false;
  closeup = new Closeup(element, { levels, from, to, place });
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  const action = keyOf(event);
  if (!action) return;
  event.preventDefault();
  // A key that is held down would decide about places that nobody has seen.
  if (!event.repeat) action();
});

function keyOf({ target, key, shiftKey }) {
  if (target.id === "place" && !shiftKey) {
    return { " ": play, Enter: () => find("keep-form").requestSubmit(), F2: correct }[key];
  }
  if (target.id === "written") {
    if (key === "Enter" && shiftKey) return play;
    if (key === "Enter") return () => find("correct-form").requestSubmit();
    if (key === "Escape") return leave;
  }
  return null;
}

function correct() {
  find("written").focus();
  find("written").select();
}

function leave() {
  const field = find("written");
  field.value = field.defaultValue;
  find("place").focus();
}

// Before it has settled, a form would still load the whole page.
document.addEventListener("htmx:afterSettle", ({ target }) => target.id === "work" && arrive());
document.addEventListener("htmx:sendError", () => say(AWAY));
document.addEventListener("htmx:responseError", ({ detail }) => {
  // What was typed stays where trying again may help.
  if (detail.xhr.status >= 500) say(FAILED);
  else window.location.reload();
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  // Somebody who was logged out, or may not do this any more, sees the page that says so.
  if (new URL(detail.xhr.responseURL).pathname.startsWith(window.location.pathname)) return;
  detail.shouldSwap = false;
  window.location.reload();
});

if (document.activeElement === document.body) {
  const decided = new URLSearchParams(window.location.search).has("place");
  (find("place") ?? (decided ? find("all-done") : null))?.focus({ preventScroll: true });
}
prepare();
