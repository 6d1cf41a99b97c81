"""Decides whether a peer is live, stalled, lost or failed. Time is an input, in monotonic seconds."""

from typing import Literal

PeerState = Literal["connecting", "live", "stalled", "lost", "failed", "closed"]


class MediaWatchdog:
    """The state of one peer, derived from its connection and its packets.

    - connecting: until the first packet.
    - live: packets arrive.
    - stalled, then lost (no_media): no packet for `warn_seconds`, then `park_seconds`, since the connection or the
      last packet; the next packet makes it live again. A pause does not count.
    - failed: no connection within `ice_seconds` of the answer (ice_timeout), or the connection failed before the
      first packet (connect_failed). Final.
    - lost (disconnected): the connection failed later. Final.
    - lost (too_much): the connection was ended because too much was sent. Final.
    - closed: by `close`. Final.
    """

    def __init__(self, *, ice_seconds: float, warn_seconds: float, park_seconds: float) -> None:
        self._ice_seconds = ice_seconds
        self._warn_seconds = warn_seconds
        self._park_seconds = park_seconds
        self._answered: float | None = None
        self._media_at: float | None = None
        self._paused = False
        self._final = False
        self.state: PeerState = "connecting"
        self.reason = ""
        self.heard_at = float("-inf")
        """When the last packet arrived, also in a pause."""

    def answered(self, now: float) -> None:
        """Records that the answer was made: the browser has `ice_seconds` to connect."""
        self._answered = now

    def connected(self, now: float) -> None:
        """Records that the connection is established: packets are expected from now on."""
        if self._media_at is None:
            self._media_at = now

    def heard(self, now: float) -> None:
        """Records that a packet arrived."""
        self._media_at = self.heard_at = now
        if not self._final:
            self.state, self.reason = "live", ""

    def pause(self) -> None:
        self._paused = True

    def resume(self, now: float) -> None:
        self._paused = False
        if self._media_at is not None:
            self._media_at = now

    def disconnected(self) -> None:
        """Records that the connection has failed for good."""
        if not self._final:
            if self.state == "connecting":
                self._end("failed", "connect_failed")
            else:
                self._end("lost", "disconnected")

    def flooded(self) -> None:
        """Records that the connection is to be ended, because too much was sent."""
        if not self._final:
            self._end("lost", "too_much")

    def close(self) -> None:
        if self.state != "closed":
            self._end("closed", "")

    def tick(self, now: float) -> None:
        """Updates the state for a peer whose packets or connection are overdue."""
        if self._final:
            return
        if self._media_at is None:
            if self._answered is not None and now - self._answered >= self._ice_seconds:
                self._end("failed", "ice_timeout")
        elif not self._paused:
            silent = now - self._media_at
            if silent >= self._park_seconds:
                self.state, self.reason = "lost", "no_media"
            elif silent >= self._warn_seconds:
                self.state, self.reason = "stalled", "no_media"

    def _end(self, state: PeerState, reason: str) -> None:
        self.state, self.reason, self._final = state, reason, True
