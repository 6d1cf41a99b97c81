// Runs before every page of the browser: its microphone is somebody who speaks by the wall clock, whatever the page does.
(() => {
  // Put in front of this by whoever adds it to a page.
  const { rate: RATE, sound: SOUND } = globalThis.speech;
  const LOOK_MS = 250;
  const LATE_S = 1;
  if (!navigator.mediaDevices) return;
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);

  let bytes = null;
  function samples() {
    bytes ??= Uint8Array.from(atob(SOUND), (letter) => letter.charCodeAt(0));
    return Float32Array.from(new Int16Array(bytes.buffer), (value) => value / 32768);
  }

  const moment = (name) => Number(localStorage.getItem(`speaker-${name}`) ?? Infinity);

  class Speaker {
    constructor() {
      this.context = new AudioContext({ sampleRate: RATE });
      this.target = this.context.createMediaStreamDestination();
      // A node to which nothing leads gives no sound, not even silence.
      const silence = new ConstantSourceNode(this.context, { offset: 0 });
      silence.connect(this.target);
      silence.start();
      const values = samples();
      this.buffer = this.context.createBuffer(1, values.length, RATE);
      this.buffer.copyToChannel(values, 0);
      this.source = null;
      setInterval(() => this.look(), LOOK_MS);
      this.look();
    }

    // Where the speaker is, in seconds; the sound of a page that slept is not the speaker's any more.
    look() {
      const now = Date.now();
      const isSpeaking = now >= moment("from") && now < moment("until");
      const said = (now - moment("from")) / 1000;
      const late = said - (this.context.currentTime - this.began);
      if (this.source && (!isSpeaking || Math.abs(late) > LATE_S)) {
        if (isSpeaking) window.noteStumble({ at: now, seconds: late });
        this.source.stop();
        this.source = null;
      }
      if (isSpeaking && !this.source && this.context.state === "running") {
        this.source = new AudioBufferSourceNode(this.context, { buffer: this.buffer, loop: true });
        this.source.connect(this.target);
        this.began = this.context.currentTime - said;
        this.source.start(0, said % this.buffer.duration);
      }
      if (this.source && moment("until") < now + 2 * LOOK_MS) {
        this.source.stop(this.context.currentTime + Math.max(0, moment("until") - now) / 1000);
      }
    }
  }

  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const real = await ask(wanted);
    const track = real.getAudioTracks()[0];
    const settings = track.getSettings();
    const speaker = new Speaker();
    const stream = speaker.target.stream;
    const spoken = stream.getAudioTracks()[0];
    const stop = spoken.stop.bind(spoken);
    spoken.getSettings = () => settings;
    // Clones of a track go on when it stops, so the speaker does.
    spoken.stop = () => {
      stop();
      track.stop();
    };
    return stream;
  };

  // What the page shows, told whenever it changes.
  function watch() {
    const parts = ["#status", "#tail", "#log"].map((name) => document.querySelector(name));
    if (parts.includes(null)) return;
    const [status, tail, log] = parts;
    let before = "";
    const look = () => {
      const rows = [...log.querySelectorAll("[data-seq] [data-text]"), ...tail.querySelectorAll("[data-partial]")];
      const text = rows
        .slice(-4)
        .map((row) => row.textContent)
        .join(" ")
        .trim();
      const said = document.querySelector("#outage")?.textContent ?? "";
      const told = JSON.stringify({ state: status.dataset.state, text, said });
      if (told === before) return;
      before = told;
      window.noteFault({ at: Date.now(), ...JSON.parse(told) });
    };
    const options = { subtree: true, childList: true, characterData: true, attributes: true };
    const observer = new MutationObserver(look);
    for (const part of parts) observer.observe(part, options);
    look();
  }
  document.addEventListener("DOMContentLoaded", watch);
})();
