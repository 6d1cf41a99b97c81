/** Samples a second: what is recognised has no more. */
export const RATE = 16_000;
const HEAD = 44;

/**
 * A WAV file of packets of 16-bit samples.
 * @param {Uint8Array<ArrayBuffer>[]} packets
 */
export function wav(packets) {
  const size = packets.reduce((sum, { length }) => sum + length, 0);
  const head = new DataView(new ArrayBuffer(HEAD));
  /**
   * @param {number} at
   * @param {string} text
   */
  const write = (at, text) => new Uint8Array(head.buffer).set(new TextEncoder().encode(text), at);
  write(0, "RIFF");
  head.setUint32(4, HEAD - 8 + size, true);
  write(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, RATE, true);
  head.setUint32(28, RATE * 2, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  write(36, "data");
  head.setUint32(40, size, true);
  return new Blob([head, ...packets], { type: "audio/wav" });
}
