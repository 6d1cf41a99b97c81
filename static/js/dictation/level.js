/** Decibels of full scale. The noise of a room on a working microphone is always louder than this. */
export const HEARD_DB = -55;
const SILENCE_DB = -100;

/** Measures how loud a stream is. Reads silence while the browser blocks sound processing until a user gesture. */
export class Level {
  #context = new AudioContext({ latencyHint: "balanced" });
  #source;
  // Of either channel, if there are two: their mix may have nothing of what is said.
  #splitter = new ChannelSplitterNode(this.#context, { numberOfOutputs: 2 });
  #analysers = [0, 1].map(() => new AnalyserNode(this.#context, { fftSize: 2048 }));
  #samples;
  #gestures = new AbortController();

  /** @param {MediaStream} stream */
  constructor(stream) {
    this.#samples = new Float32Array(this.#analysers[0].fftSize);
    for (const [channel, analyser] of this.#analysers.entries()) this.#splitter.connect(analyser, channel);
    this.#source = this.#connect(stream);
    const { signal } = this.#gestures;
    for (const kind of ["pointerdown", "keydown"]) {
      window.addEventListener(kind, () => this.#resume(), { signal, passive: true });
    }
    this.#resume();
  }

  /** Whether `read` measures the microphone, rather than returning silence because the browser blocks it. */
  get isRunning() {
    return this.#context.state === "running";
  }

  /**
   * Measures another stream from now on.
   * @param {MediaStream} stream
   */
  replaceStream(stream) {
    this.#source.disconnect();
    this.#source = this.#connect(stream);
  }

  /** The level of the louder channel over the last 43 ms, in decibels of full scale. */
  read() {
    if (!this.isRunning) return SILENCE_DB;
    return Math.max(...this.#analysers.map((analyser) => this.#levelOf(analyser)));
  }

  close() {
    this.#gestures.abort();
    this.#source.disconnect();
    this.#context.close();
  }

  /** @param {MediaStream} stream */
  #connect(stream) {
    const source = this.#context.createMediaStreamSource(stream);
    source.connect(this.#splitter);
    return source;
  }

  /** @param {AnalyserNode} analyser */
  #levelOf(analyser) {
    analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    return Math.max(SILENCE_DB, 10 * Math.log10(sum / this.#samples.length + 1e-10));
  }

  #resume() {
    if (this.#context.state === "suspended") this.#context.resume().catch(() => {});
  }
}
