/**
 * A track without sound. It is sent while no microphone is open, so that the connection, the session's clock and the
 * recording run on, and a gap has its real length in all of them.
 */
export class Silence {
  #context = new AudioContext();
  #source = new ConstantSourceNode(this.#context, { offset: 0 });

  constructor() {
    const sink = this.#context.createMediaStreamDestination();
    this.#source.connect(sink);
    this.#source.start();
    this.stream = sink.stream;
    this.track = sink.stream.getAudioTracks()[0];
  }

  close() {
    this.#source.stop();
    this.track.stop();
    this.#context.close();
  }
}
