const SERIAL = 1;
// 48 kHz, whatever rate was encoded.
const TICKS_A_PACKET = 960;
const PRE_SKIP = 312;
const PACKETS_A_PAGE = 50;
const FIRST = 2;
const LAST = 4;
const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit += 1) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
  return value;
});

/**
 * An Ogg Opus file (RFC 3533, RFC 7845) of packets of 20 ms.
 * @param {Uint8Array<ArrayBuffer>[]} packets
 */
export function oggOpus(packets) {
  const pages = [page([head()], { number: 0, flags: FIRST, end: 0 }), page([tags()], { number: 1, flags: 0, end: 0 })];
  for (let from = 0; from < packets.length; from += PACKETS_A_PAGE) {
    const until = Math.min(from + PACKETS_A_PAGE, packets.length);
    const flags = until === packets.length ? LAST : 0;
    pages.push(page(packets.slice(from, until), { number: pages.length, flags, end: until * TICKS_A_PACKET }));
  }
  return new Blob(pages, { type: "audio/ogg" });
}

/**
 * @param {Uint8Array[]} packets
 * @param {{number: number, flags: number, end: number}} about - `end` is the time at its end in ticks.
 */
function page(packets, { number, flags, end }) {
  const lacing = packets.flatMap(({ length }) => [...Array(Math.floor(length / 255)).fill(255), length % 255]);
  const size = packets.reduce((sum, { length }) => sum + length, 27 + lacing.length);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  write(bytes, 0, "OggS");
  bytes[5] = flags;
  view.setBigUint64(6, BigInt(end), true);
  view.setUint32(14, SERIAL, true);
  view.setUint32(18, number, true);
  bytes[26] = lacing.length;
  bytes.set(lacing, 27);
  let at = 27 + lacing.length;
  for (const packet of packets) {
    bytes.set(packet, at);
    at += packet.length;
  }
  view.setUint32(22, checksum(bytes), true);
  return bytes;
}

function head() {
  const bytes = new Uint8Array(19);
  const view = new DataView(bytes.buffer);
  write(bytes, 0, "OpusHead");
  bytes[8] = 1;
  bytes[9] = 1;
  view.setUint16(10, PRE_SKIP, true);
  view.setUint32(12, 48_000, true);
  return bytes;
}

function tags() {
  const bytes = new Uint8Array(16);
  write(bytes, 0, "OpusTags");
  return bytes;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {string} text
 */
function write(bytes, at, text) {
  bytes.set(new TextEncoder().encode(text), at);
}

/** @param {Uint8Array} bytes */
function checksum(bytes) {
  let value = 0;
  for (const byte of bytes) value = (value << 8) ^ TABLE[((value >>> 24) ^ byte) & 0xff];
  return value >>> 0;
}
