import { waitingMs } from "app/dictation/tape/waiting";
import { clockText } from "app/shared/clock";
import { byId } from "app/shared/dom";
import { gettext } from "app/shared/i18n";

const line = byId("undelivered", HTMLElement);
const waiting = await waitingMs().catch(() => 0);
if (waiting > 0) {
  line.textContent = gettext(
    "%(clock)s of what you said is on this device only, and is deleted when you log out. Open WhisperStream with a connection to have it delivered first.",
    { clock: clockText(waiting) },
  );
  line.hidden = false;
}
