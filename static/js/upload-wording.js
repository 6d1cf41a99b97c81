const UNITS = [
  [3600, "hour"],
  [60, "minute"],
];

/** "3.4 of 145 MB": how much of a file was sent. */
export function megabytes(done, total) {
  const digits = total < 10_000_000 ? 1 : 0;
  const of = (bytes) => (bytes / 1_000_000).toFixed(digits);
  return `${of(done)} of ${of(total)} MB`;
}

/** "about 3 minutes left", or nothing where nobody can tell. */
export function timeLeft(seconds) {
  if (seconds === null) return "";
  if (seconds < 50) return "less than a minute left";
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? UNITS.at(-1);
  const count = Math.max(1, Math.round(seconds / size));
  return `about ${count} ${unit}${count === 1 ? "" : "s"} left`;
}

/** How a file stands, in a line. `isHere` says whether this page is sending it. */
export function standing(upload, isHere) {
  switch (upload.state) {
    case "receiving": {
      const sent = megabytes(upload.received, upload.size);
      return isHere ? `Sending, ${sent}` : `Sent in part, ${sent}. Add the same file again to go on.`;
    }
    case "waiting":
      return "Waiting for its turn";
    case "working": {
      if (upload.percent === null) return "Listening";
      const left = timeLeft(upload.seconds_left);
      return left ? `${upload.percent} %, ${left}` : `${upload.percent} %`;
    }
    case "done":
      return "Written down";
    default:
      return upload.message;
  }
}

/** How much of the work on a file is done, 0 to 1, or null where nobody can tell. */
export function share(upload) {
  if (upload.state === "receiving") return upload.received / upload.size;
  if (upload.state === "done") return 1;
  return upload.state === "working" && upload.percent !== null ? upload.percent / 100 : null;
}
