import { gettext } from "app/shared/i18n";

/** @import { Saving } from "app/transcript/autosave" */

/**
 * Shows beneath a sentence that is not being edited why it is not saved; removes the message once it is saved.
 * @param {HTMLElement} row
 * @param {Saving} saving
 * @param {() => void} look - Called when the user presses the button to resolve it.
 */
export function tellInRow(row, saving, look) {
  row.querySelector(".row-problem")?.remove();
  const isConflict = saving.state === "conflict";
  if (!isConflict && !("problem" in saving)) return;
  const problem = document.createElement("p");
  problem.className = "row-problem error";
  problem.setAttribute("role", "status");
  const sentence = isConflict
    ? gettext("This sentence was changed elsewhere.")
    : gettext("Not saved. %(problem)s", { problem: saving.problem });
  problem.append(`${sentence} `);
  if (saving.state !== "waiting") {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = isConflict ? gettext("Choose which text to keep") : gettext("Show it");
    button.addEventListener("click", look);
    problem.append(button);
  }
  row.append(problem);
}
