import { devices } from "app/dictation/microphone";

/** @import { Preferences } from "app/shared/preferences" */

/** The list of microphones in the dock; remembers the choice. */
export class MicrophonePicker {
  #select;
  #preferences;
  // The name of the browser's default, where that is open and the browser does not tell which of the others it is.
  #default = "";
  #events = new AbortController();

  /**
   * @param {HTMLSelectElement} select
   * @param {Preferences} preferences
   * @param {(deviceId: string) => void} chosen
   */
  constructor(select, preferences, chosen) {
    this.#select = select;
    this.#preferences = preferences;
    const { signal } = this.#events;
    select.addEventListener("change", () => this.choose(select.value, chosen), { signal });
    navigator.mediaDevices?.addEventListener("devicechange", () => this.refresh(), { signal });
  }

  /** The id of the chosen device, or an empty string for the browser's default. */
  get deviceId() {
    return this.#preferences.get("microphone") ?? "";
  }

  /**
   * @param {string} deviceId
   * @param {(deviceId: string) => void} chosen
   */
  choose(deviceId, chosen) {
    this.#preferences.set("microphone", deviceId || null);
    this.#select.value = deviceId;
    chosen(deviceId);
  }

  /**
   * Lists the microphones that are available now.
   * @param {{deviceId: string, label: string}} [open] - The one that is open.
   */
  async refresh(open) {
    const named = (await devices()).filter((device) => device.label);
    if (!named.length) return;
    const used = open ? open.deviceId : this.#select.value || this.deviceId;
    const isKnown = named.some((device) => device.deviceId === used);
    if (open) this.#default = isKnown ? "" : open.label;
    const options = named.map((device) => new Option(device.label, device.deviceId));
    if (this.#default) options.unshift(new Option(this.#default, ""));
    this.#select.replaceChildren(...options);
    this.#select.value = isKnown ? used : options[0].value;
  }

  /**
   * Returns a microphone other than this one, or undefined.
   * @param {string} deviceId
   */
  async other(deviceId) {
    return (await devices()).find((device) => device.label && device.deviceId !== deviceId);
  }

  close() {
    this.#events.abort();
  }
}
