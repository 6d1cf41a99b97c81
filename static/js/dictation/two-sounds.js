import { OneChannel } from "app/dictation/one-channel";

/** @import { Sound } from "app/dictation/held-microphone" */

/**
 * A microphone and shared sound as the two channels of one track, the microphone on the left. Without shared sound the
 * other channel is silent.
 */
export class TwoSounds {
  #context = new AudioContext();
  #merger = new ChannelMergerNode(this.#context, { numberOfInputs: 2 });
  /** @type {MediaStreamAudioSourceNode | null} */
  #left = null;
  /** @type {MediaStreamAudioSourceNode | null} */
  #right = null;
  /** @type {MediaStreamTrack | null} */
  #microphone = null;
  /** @type {OneChannel | null} */
  #heard = null;

  constructor() {
    const sink = new MediaStreamAudioDestinationNode(this.#context, { channelCount: 2 });
    this.#merger.connect(sink);
    this.stream = sink.stream;
    this.track = sink.stream.getAudioTracks()[0];
    this.#context.resume().catch(() => {});
  }

  /** @param {Sound} sound - The track is cloned: the original may be held back while this one is not. */
  set microphone({ track }) {
    this.#left?.disconnect();
    this.#microphone?.stop();
    this.#microphone = track.clone();
    this.#microphone.enabled = true;
    this.#left = this.#connect(new MediaStream([this.#microphone]), 0);
  }

  /** @param {MediaStream | undefined} stream */
  set shared(stream) {
    this.#heard?.close();
    this.#heard = stream
      ? new OneChannel(stream, { changed: () => this.#share(this.#heard?.sound?.stream ?? stream) })
      : null;
    this.#share(stream);
  }

  close() {
    this.#heard?.close();
    this.#microphone?.stop();
    this.track.stop();
    this.#context.close();
  }

  /** @param {MediaStream | undefined} stream */
  #share(stream) {
    this.#right?.disconnect();
    this.#right = stream ? this.#connect(stream, 1) : null;
  }

  /**
   * @param {MediaStream} stream
   * @param {number} channel
   */
  #connect(stream, channel) {
    const source = new MediaStreamAudioSourceNode(this.#context, { mediaStream: stream });
    source.connect(this.#merger, 0, channel);
    return source;
  }
}
