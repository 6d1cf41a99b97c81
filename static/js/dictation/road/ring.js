/**
 * @typedef {object} Placed - 20 ms of sound.
 * @property {number} position - Where it begins on the page's clock, in 1/48000 s.
 * @property {Uint8Array} payload
 */

export const TICKS_A_MS = 48;
export const PACKET_TICKS = 20 * TICKS_A_MS;

/** The last packets that were recorded, in order, whether they were sent or not. */
export class PacketRing {
  #mostTicks;
  /** @type {Placed[]} */
  #packets = [];
  #isAll = true;

  /** @param {number} mostMs */
  constructor(mostMs) {
    this.#mostTicks = mostMs * TICKS_A_MS;
  }

  /** From where on they are here: from the beginning, until the first has been dropped. */
  get start() {
    return this.#isAll ? 0 : this.#packets[0].position;
  }

  /** Where the last one ends. */
  get end() {
    const last = this.#packets.at(-1);
    return last ? last.position + PACKET_TICKS : 0;
  }

  /** @param {Placed} packet */
  add(packet) {
    this.#packets.push(packet);
    const least = this.end - this.#mostTicks;
    let old = 0;
    while (this.#packets[old].position < least) old += 1;
    if (!old) return;
    this.#packets.splice(0, old);
    this.#isAll = false;
  }

  /**
   * Packets from a position on, `most` of them, without a hole between two of them.
   * @param {number} position
   * @param {number} most
   */
  from(position, most) {
    const first = this.#packets.findIndex((packet) => packet.position >= position);
    if (first < 0) return [];
    let end = first + 1;
    while (end < first + most && this.#packets[end]?.position === this.#packets[end - 1].position + PACKET_TICKS)
      end += 1;
    return this.#packets.slice(first, end);
  }
}
