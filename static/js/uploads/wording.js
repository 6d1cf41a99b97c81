import { gettext, language, ngettext } from "app/shared/i18n";

/** @import { Track, Upload } from "app/uploads/requests" */

const MINUTE = 60;
const HOUR = 3600;

/**
 * How much of a file was sent: "3.4 of 145 MB".
 * @param {number} done
 * @param {number} total
 */
export function megabytes(done, total) {
  const digits = total < 10_000_000 ? 1 : 0;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false };
  const format = new Intl.NumberFormat(language, options);
  const values = { done: format.format(done / 1_000_000), total: format.format(total / 1_000_000) };
  return gettext("%(done)s of %(total)s MB", values);
}

/**
 * "about 3 minutes left", or an empty string while unknown.
 * @param {number | null} seconds
 */
export function timeLeft(seconds) {
  if (seconds === null) return "";
  if (seconds < 50) return gettext("less than a minute left");
  if (seconds >= HOUR) {
    const count = Math.round(seconds / HOUR);
    return ngettext("about %(count)s hour left", "about %(count)s hours left", count, { count });
  }
  const count = Math.max(1, Math.round(seconds / MINUTE));
  return ngettext("about %(count)s minute left", "about %(count)s minutes left", count, { count });
}

/**
 * What a file says about a track: "Track 2 (English, Mic)".
 * @param {Track} track
 */
export function trackName(track) {
  const { number } = track;
  const about = described(track);
  return about ? gettext("Track %(number)s (%(about)s)", { number, about }) : gettext("Track %(number)s", { number });
}

/** @param {Track} track */
function described({ language: code, title }) {
  return [languageName(code), title].filter(Boolean).join(", ");
}

/** @param {string} code */
function languageName(code) {
  try {
    return code && new Intl.DisplayNames([language], { type: "language" }).of(code);
  } catch {
    // Files contain anything.
    return code;
  }
}

/** @param {Upload} upload */
function outcome({ message, heard_track: track }) {
  const sentence = message || gettext("Transcribed");
  if (!track) return sentence;
  const values = { number: track.number, many: track.many, about: described(track) };
  const heard = values.about
    ? gettext("Track %(number)s of %(many)s (%(about)s)", values)
    : gettext("Track %(number)s of %(many)s", values);
  return `${sentence.replace(/\.$/, "")}. ${heard}`;
}

/**
 * A line about the state of a file.
 * @param {Upload} upload
 * @param {boolean} isHere - Whether this page is sending it.
 */
export function standing(upload, isHere) {
  switch (upload.state) {
    case "receiving": {
      const sent = megabytes(upload.received, upload.size);
      return isHere
        ? gettext("Uploading, %(sent)s", { sent })
        : gettext("Partly uploaded, %(sent)s. Add the same file again to continue.", { sent });
    }
    case "waiting":
      return gettext("Waiting in the queue");
    case "working": {
      if (upload.percent === null) return gettext("Transcribing");
      const left = timeLeft(upload.seconds_left);
      return left ? `${upload.percent} %, ${left}` : `${upload.percent} %`;
    }
    case "done":
      return outcome(upload);
    default:
      return upload.message;
  }
}

/**
 * How much of the work on a file is done, from 0 to 1; null while unknown.
 * @param {Upload} upload
 */
export function share(upload) {
  if (upload.state === "receiving") return upload.received / upload.size;
  if (upload.state === "done") return 1;
  return upload.state === "working" && upload.percent !== null ? upload.percent / 100 : null;
}
