const TRANSPORT = 2;
const ADDRESS = 4;
const USELESS = [/\.local$/i, /^127\./, /^::1$/, /^169\.254\./, /^fe80:/i, /^0\.0\.0\.0$/, /^::$/];

/**
 * Whether the server would accept this ICE candidate line and could reach the browser at it.
 * @param {string} line
 * @param {number} mostBytes
 */
export function isUsable(line, mostBytes) {
  const parts = line.split(" ");
  if (parts.length < 8 || new TextEncoder().encode(line).length > mostBytes) return false;
  if (parts[TRANSPORT].toLowerCase() !== "udp") return false;
  return !USELESS.some((pattern) => pattern.test(parts[ADDRESS]));
}
