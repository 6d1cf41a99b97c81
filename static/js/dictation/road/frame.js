const HEAD = 12;

/**
 * A message of a sound socket: packets that follow each other (docs/protocol.md).
 * @param {number} position - Of the first, in 1/48000 s.
 * @param {number} ageMs - How long ago its sound was captured.
 * @param {Uint8Array[]} payloads
 */
export function frame(position, ageMs, payloads) {
  const bytes = new Uint8Array(payloads.reduce((sum, { length }) => sum + length + 2, HEAD));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(position));
  view.setUint32(8, Math.max(0, Math.round(ageMs)));
  let at = HEAD;
  for (const payload of payloads) {
    view.setUint16(at, payload.length);
    bytes.set(payload, at + 2);
    at += payload.length + 2;
  }
  return bytes;
}
