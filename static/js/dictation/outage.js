/** The time in which nothing was recorded: from when to when on the session's clock, in milliseconds. */
export class Outage {
  /** Null, or `{at, until}`; `until` is null while it lasts. */
  value = null;

  get lasts() {
    return this.value !== null && this.value.until === null;
  }

  begin(at) {
    if (!this.lasts) this.value = { at: Math.max(0, at), until: null };
  }

  end(at) {
    if (this.lasts) this.value = { at: this.value.at, until: Math.max(this.value.at, at) };
  }

  /** Words from before it are lost as well. */
  reachBack(at) {
    if (this.value !== null) this.value = { ...this.value, at: Math.min(at, this.value.at) };
  }
}
