/** @import { Sound } from "app/dictation/held-microphone" */

// As on the server, in captions/audio/mixing.py: channels cancel where their mix has less than this part of the power of
// unrelated channels, and cancel no more above the second one.
const CANCELS = 0.25;
const ADDS = 0.5;
// The other channel is taken only when it is this much stronger.
const STRONGER = 4;
// Of noise as quiet as this (-55 dB) nothing follows.
const LEAST_POWER = 10 ** -5.5;
const READ_MS = 100;
const KEPT = Math.exp(-READ_MS / 250);

/**
 * Watches the two channels of a sound. Browsers mix them, which leaves nothing of channels that cancel: while they do,
 * one of them is there as a sound of its own.
 */
export class OneChannel {
  /**
   * The channel that is to be sent instead of the mix; null while that is heard.
   * @type {Sound | null}
   */
  sound = null;
  /** Whether the mix has been heard: then it may be left to the browser, for good. */
  isMixHeard = false;
  #context = new AudioContext();
  #source;
  #splitter = new ChannelSplitterNode(this.#context, { numberOfOutputs: 2 });
  #analysers = [0, 1, 2].map(() => new AnalyserNode(this.#context, { fftSize: 4096 }));
  #samples = new Float32Array(4096);
  // Of the left channel, the right one and their mix, over the last moments.
  #powers = [0, 0, 0];
  #taken = -1;
  #on;
  #timer;

  /**
   * @param {MediaStream} stream
   * @param {{changed: () => void, mixHeard?: () => void}} on - `sound` is another one; `isMixHeard` has become true.
   */
  constructor(stream, on) {
    this.#on = on;
    this.#source = new MediaStreamAudioSourceNode(this.#context, { mediaStream: stream });
    this.#source.connect(this.#splitter);
    this.#splitter.connect(this.#analysers[0], 0);
    this.#splitter.connect(this.#analysers[1], 1);
    this.#source.connect(this.#analysers[2]);
    this.#context.resume().catch(() => {});
    this.#timer = setInterval(() => this.#listen(), READ_MS);
  }

  close() {
    clearInterval(this.#timer);
    this.#source.disconnect();
    this.sound?.track.stop();
    this.#context.close();
  }

  #listen() {
    this.#powers = this.#analysers.map((each, number) => this.#powers[number] * KEPT + this.#powerOf(each));
    const [left, right, mixed] = this.#powers;
    if (Math.max(left, right) < LEAST_POWER) return;
    const unrelated = (left + right) / 4;
    const louder = left >= right ? 0 : 1;
    if (mixed > ADDS * unrelated) {
      this.#take(-1);
      if (this.isMixHeard) return;
      this.isMixHeard = true;
      this.#on.mixHeard?.();
    } else if (mixed < CANCELS * unrelated) {
      const isBetter = this.#taken < 0 || this.#powers[louder] > STRONGER * this.#powers[this.#taken];
      if (isBetter) this.#take(louder);
    }
  }

  /** @param {AnalyserNode} analyser */
  #powerOf(analyser) {
    analyser.getFloatTimeDomainData(this.#samples);
    return this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length;
  }

  /** @param {number} channel - Its number; negative for the mix. */
  #take(channel) {
    if (channel === this.#taken) return;
    this.#taken = channel;
    this.sound = channel < 0 ? null : this.#alone(channel);
    this.#on.changed();
  }

  /**
   * @param {number} channel
   * @returns {Sound}
   */
  #alone(channel) {
    const sink = new MediaStreamAudioDestinationNode(this.#context, { channelCount: 1 });
    this.#splitter.connect(sink, channel);
    return { stream: sink.stream, track: sink.stream.getAudioTracks()[0] };
  }
}
