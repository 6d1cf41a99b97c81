/**
 * Packs packets as one sequence of bytes: before each, its length in two bytes.
 * @param {Uint8Array[]} packets
 */
export function pack(packets) {
  const bytes = new Uint8Array(packets.reduce((sum, { length }) => sum + length + 2, 0));
  let at = 0;
  for (const packet of packets) {
    bytes[at] = packet.length >> 8;
    bytes[at + 1] = packet.length & 0xff;
    bytes.set(packet, at + 2);
    at += packet.length + 2;
  }
  return bytes;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
export function unpack(bytes) {
  const packets = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] * 256 + bytes[at + 1];
    packets.push(bytes.subarray(at + 2, at + 2 + length));
    at += length + 2;
  }
  return packets;
}
