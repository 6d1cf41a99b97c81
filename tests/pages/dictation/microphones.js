// Stands in for the microphones of a machine, which tests plug in and out through `window.microphones`. The first one
// that is present is the browser's default.
(() => {
  const LABELS = { desk: "Desk microphone", headset: "Headset" };
  const media = navigator.mediaDevices;
  const open = new Set();

  function find(wanted) {
    if (wanted && !microphones.present.includes(wanted))
      throw new DOMException("no such device", "OverconstrainedError");
    if (!microphones.present.length) throw new DOMException("no device", "NotFoundError");
    if (microphones.isBusy) throw new DOMException("in use", "NotReadableError");
    return wanted ?? microphones.present[0];
  }

  const microphones = {
    present: ["desk"],
    isBusy: false,
    hertz: 48000,
    opened: 0,
    // "cancelling" or "alike" if they have two channels.
    channels: "",
    hasEchoCancelled: false,

    /** Changes the microphones that are present; those that are gone end. */
    plug(...present) {
      this.present = present;
      for (const each of open) if (!present.includes(each.id)) this.end(each);
      media.dispatchEvent(new Event("devicechange"));
    },

    /** Another program takes the open microphone for itself. */
    take() {
      this.isBusy = true;
      for (const each of open) this.end(each);
    },

    end(each) {
      open.delete(each);
      if (each.track.readyState === "ended") return;
      each.track.stop();
      each.track.dispatchEvent(new Event("ended"));
    },

    mute(isMuted) {
      for (const { track } of open) {
        Object.defineProperty(track, "muted", { value: isMuted, configurable: true });
        track.dispatchEvent(new Event(isMuted ? "mute" : "unmute"));
      }
    },
  };

  media.enumerateDevices = async () => {
    const real = microphones.present.map((id) => ({
      kind: "audioinput",
      deviceId: id,
      groupId: id,
      label: LABELS[id],
    }));
    return real.length ? [{ ...real[0], deviceId: "default", label: `Default - ${real[0].label}` }, ...real] : [];
  };
  media.getUserMedia = async ({ audio }) => {
    const id = find(audio.deviceId?.exact);
    microphones.opened += 1;
    const context = new AudioContext();
    const sink = context.createMediaStreamDestination();
    const tone = new OscillatorNode(context, { frequency: id === "desk" ? 300 : 500 });
    const { echoCancellation } = audio;
    microphones.hasEchoCancelled = echoCancellation;
    if (microphones.channels === "cancelling") {
      // With the echo, the browser mixes the channels.
      const merger = new ChannelMergerNode(context, { numberOfInputs: 2 });
      const turned = new GainNode(context, { gain: -1 });
      tone.connect(merger, 0, 0);
      tone.connect(turned).connect(merger, 0, 1);
      if (!echoCancellation) merger.connect(sink);
    } else {
      tone.connect(sink);
    }
    tone.start();
    const [track] = sink.stream.getAudioTracks();
    const two = microphones.channels ? { channelCount: 2, echoCancellation } : {};
    track.getSettings = () => ({ deviceId: id, groupId: id, sampleRate: microphones.hertz, ...two });
    open.add({ id, track });
    return sink.stream;
  };
  window.microphones = microphones;
})();
