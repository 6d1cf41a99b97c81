import { devices } from "app/dictation/microphone";

/** @import { Preferences } from "app/shared/preferences" */

/** The list of microphones in the dock; remembers the choice. */
export class MicrophonePicker {
  #select;
  #preferences;
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
   * @param {string} used - The id of the device that is open.
   */
  async refresh(used = this.#select.value || this.deviceId) {
    const named = (await devices()).filter((device) => device.label);
    if (!named.length) return;
    this.#select.replaceChildren(...named.map((device) => new Option(device.label, device.deviceId)));
    const isKnown = named.some((device) => device.deviceId === used);
    this.#select.value = isKnown ? used : named[0].deviceId;
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
