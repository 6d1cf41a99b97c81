// What a transcript can do beyond links and forms: be copied, and ask in a dialog before it is deleted.

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
      copied.textContent = "Copied";
    } catch {
      copied.textContent = "This browser does not let the page copy. Select the text instead.";
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
