"""When a peer counts as live, stalled, lost or failed. Time is an input."""

from typing import Literal

PeerState = Literal["connecting", "live", "stalled", "lost", "failed", "closed"]


class MediaWatchdog:
    """The state of one peer, from what is known of its connection and its packets.

    connecting until the first packet; failed when there is no connection after `ice_seconds`; stalled and lost after
    `warn_seconds` and `park_seconds` without a packet, from which the next packet brings it back to live. While the
    sound is paused nothing is missed. failed, closed and lost with the reason disconnected are final.
    """

    def __init__(self, *, ice_seconds: float, warn_seconds: float, park_seconds: float) -> None:
        self._ice_seconds = ice_seconds
        self._warn_seconds = warn_seconds
        self._park_seconds = park_seconds
        self._answered: float | None = None
        self._heard: float | None = None
        self._paused = False
        self._final = False
        self.state: PeerState = "connecting"
        self.reason = ""

    def answered(self, now: float) -> None:
        """The browser was told how to connect."""
        self._answered = now

    def connected(self, now: float) -> None:
        """The connection stands; sound is expected from now on."""
        if self._heard is None:
            self._heard = now

    def heard(self, now: float) -> None:
        """A packet came."""
        self._heard = now
        if not self._final:
            self.state, self.reason = "live", ""

    def pause(self) -> None:
        self._paused = True

    def resume(self, now: float) -> None:
        self._paused = False
        if self._heard is not None:
            self._heard = now

    def disconnected(self) -> None:
        """The connection is gone for good."""
        if not self._final:
            if self.state == "connecting":
                self._end("failed", "connect_failed")
            else:
                self._end("lost", "disconnected")

    def close(self) -> None:
        if self.state != "closed":
            self._end("closed", "")

    def tick(self, now: float) -> None:
        """Brings the state up to date."""
        if self._final:
            return
        if self._heard is None:
            if self._answered is not None and now - self._answered >= self._ice_seconds:
                self._end("failed", "ice_timeout")
        elif not self._paused:
            silent = now - self._heard
            if silent >= self._park_seconds:
                self.state, self.reason = "lost", "no_media"
            elif silent >= self._warn_seconds:
                self.state, self.reason = "stalled", "no_media"

    def _end(self, state: PeerState, reason: str) -> None:
        self.state, self.reason, self._final = state, reason, True
