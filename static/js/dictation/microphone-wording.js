import { gettext } from "app/shared/i18n";

/** @import { ProblemCode } from "app/dictation/microphone" */
/** @import { Status } from "app/dictation/status-line" */

/**
 * How the status line tells why there is no microphone, and what to do.
 * @type {Record<ProblemCode, {status: Status, detail: string}>}
 */
export const MICROPHONE_STATUS = {
  insecure: { status: "insecure", detail: gettext("Open this page with https") },
  refused: { status: "refused", detail: gettext("Allow it next to the address bar") },
  missing: { status: "missing", detail: gettext("Connect a microphone") },
  broken: { status: "broken", detail: gettext("Another program may be using it") },
};
