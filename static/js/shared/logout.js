import { optional } from "app/shared/dom";
import { Preferences } from "app/shared/preferences";

// Logging out deletes what was recorded on this device and is not delivered: then the page that asks says so first.
const form = optional(document, "#log-out", HTMLFormElement);
form?.addEventListener("submit", async (event) => {
  if (!new Preferences().get("tape")) return;
  event.preventDefault();
  const loaded = await import("app/dictation/tape/waiting").catch(() => null);
  const waitingMs = (await loaded?.waitingMs().catch(() => 0)) ?? 0;
  if (waitingMs > 0) window.location.assign(form.action);
  else form.submit();
});
