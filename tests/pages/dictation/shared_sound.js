// Stands in for what a person shares: a tone, with a picture. `window.sharing` says how it goes.
(() => {
  window.sharing = { hasSound: true, hertz: 900, isCancelling: false, streams: [], error: null };
  navigator.mediaDevices.getDisplayMedia = async () => {
    if (sharing.error) throw new DOMException(...sharing.error);
    const picture = document.createElement("canvas").captureStream();
    const stream = new MediaStream(picture.getVideoTracks());
    stream.getVideoTracks()[0].getSettings = () => ({ displaySurface: "browser" });
    if (sharing.hasSound) {
      const context = new AudioContext();
      const sink = context.createMediaStreamDestination();
      const tone = new OscillatorNode(context, { frequency: sharing.hertz });
      const merger = new ChannelMergerNode(context, { numberOfInputs: 2 });
      const other = new GainNode(context, { gain: sharing.isCancelling ? -1 : 1 });
      tone.connect(merger, 0, 0);
      tone.connect(other).connect(merger, 0, 1);
      merger.connect(sink);
      tone.start();
      stream.addTrack(sink.stream.getAudioTracks()[0]);
    }
    sharing.streams.push({ audio: stream.getAudioTracks()[0], video: stream.getVideoTracks()[0] });
    return stream;
  };
  // Its person ends it in the browser.
  sharing.end = () => {
    const { audio } = sharing.streams.at(-1);
    audio.stop();
    audio.dispatchEvent(new Event("ended"));
  };
})();
