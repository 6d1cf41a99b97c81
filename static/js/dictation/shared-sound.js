import { TwoSounds } from "app/dictation/two-sounds";
import { gettext } from "app/shared/i18n";

/** @import { Sound } from "app/dictation/held-microphone" */

const ASKED = {
  // Chromium shares sound only together with a picture, which is stopped at once.
  video: true,
  audio: {
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
    // Whoever listens to the meeting goes on hearing it.
    suppressLocalAudioPlayback: false,
  },
  systemAudio: "include",
  selfBrowserSurface: "exclude",
};

/** @type {Record<string, string>} */
const WHAT = {
  browser: gettext("You share the sound of a tab."),
  window: gettext("You share the sound of a window."),
  monitor: gettext("You share the sound of this computer."),
};
const SILENT = gettext(
  "No sound came with what you chose. In Chrome or Edge, choose a tab and turn on “Also share tab audio”.",
);
const UNABLE = gettext("This browser cannot share sound. Chrome and Edge can, on a computer.");
const REFUSED = gettext("The system does not let this browser share sound. Allow it in the system's settings.");
const BROKEN = gettext("The browser could not share the sound. Try again, or choose a tab instead.");

/** The sound of a tab or of the computer, which the user shares until it is closed here, or there. */
export class SharedSound {
  /** What to say while it is shared. */
  sentence = gettext("What you share is recorded too. Tell the others that you record them.");
  /** What to say once the user has ended it. */
  farewell = gettext("Sharing has ended. From now on only your microphone is recorded.");
  /** What a button that ends it is called. */
  end = gettext("Stop sharing");
  #track;

  /**
   * @param {MediaStream} stream
   * @param {string | undefined} surface - What the user has chosen, as the browser calls it.
   */
  constructor(stream, surface = "") {
    this.stream = stream;
    /** What is shared, as a sentence. */
    this.what = WHAT[surface] ?? gettext("You share sound.");
    this.#track = stream.getAudioTracks()[0];
  }

  /** @param {() => void} ended - Called when the user has ended the sharing, or closed the tab. */
  set onended(ended) {
    this.#track.onended = ended;
  }

  /**
   * Both sounds as one, which the caller closes.
   * @param {Sound} microphone
   */
  beside(microphone) {
    const two = new TwoSounds();
    two.microphone = microphone;
    two.shared = this.stream;
    return two;
  }

  close() {
    this.#track.onended = null;
    this.#track.stop();
  }
}

/**
 * Lets the user choose a tab, a window or a screen; needs their gesture. Returns the sound, or a sentence on why there is
 * none, which is empty if they have changed their mind.
 * @returns {Promise<SharedSound | string>}
 */
export async function openSharedSound() {
  // Browsers that share pictures only would let the user choose one in vain.
  if (!("suppressLocalAudioPlayback" in navigator.mediaDevices.getSupportedConstraints())) return UNABLE;
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia(ASKED);
    const surface = stream.getVideoTracks()[0]?.getSettings().displaySurface;
    for (const track of stream.getVideoTracks()) {
      track.stop();
      stream.removeTrack(track);
    }
    return stream.getAudioTracks().length ? new SharedSound(stream, surface) : SILENT;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error();
    if (name !== "NotAllowedError") return BROKEN;
    return /system/i.test(message) ? REFUSED : "";
  }
}
