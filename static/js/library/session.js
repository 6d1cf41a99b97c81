// What a transcript can do beyond links and forms: be copied, and ask in a dialog before it is deleted.

import { gettext } from "app/shared/i18n";
import { canPlay, play } from "app/shared/transcript-sound";

const copy = document.getElementById("copy");
const copied = document.getElementById("copied");

if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    const lines = [...document.querySelectorAll("#rows :is([data-text], [data-note-text])")].map((each) =>
      each.matches("h2") ? `\n${each.textContent}\n` : each.textContent,
    );
    try {
      await navigator.clipboard.writeText(lines.join("\n").trim());
      copied.textContent = gettext("Copied");
    } catch {
      copied.textContent = gettext("This browser does not let the page copy. Select the text instead.");
    }
  });
}

// An open tool lies over the page: it goes when one turns away from it.
const tools = [...document.querySelectorAll("details.tool")];

document.addEventListener("keydown", (event) => {
  const open = tools.find((tool) => tool.open);
  if (event.key !== "Escape" || !open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
document.addEventListener("click", ({ target }) => {
  for (const tool of tools) {
    if (!tool.contains(target)) tool.open = false;
  }
});

// The time of a search's hit leads here to hear it. What was heard is not heard again when the page is loaded again.
const address = new URL(location);
if (address.searchParams.has("play")) {
  address.searchParams.delete("play");
  history.replaceState(history.state, "", address);
  if (canPlay()) hear();
  else document.addEventListener("transcript:player", hear, { once: true });
}

function hear() {
  if (canPlay()) play(Number(address.searchParams.get("at")) || 0);
}
