"""Rate limits of one socket. Time, in monotonic seconds, is an input."""

from django.utils.translation import gettext as _

from ...core.allowance import Allowance
from ...protocol.messages import Candidate, ClientMessage, MessageError, Offer


class SocketLimits:
    """The limits of one socket. `check` and `check_rate` raise MessageError for a message that exceeds them.

    An offer is refused while the one before it has no answer, until `answered` is called or `offer_seconds` have
    passed. `candidates` is the most of one offer.
    """

    def __init__(
        self, *, messages_per_second: int, offers_per_minute: int, candidates: int, offer_seconds: float
    ) -> None:
        self._messages = Allowance(messages_per_second, 3 * messages_per_second)
        self._offers = Allowance(offers_per_minute / 60, offers_per_minute)
        self._candidates = candidates
        self._offer_seconds = offer_seconds
        self._gen = 0
        self._candidates_left = candidates
        self._offered_at: float | None = None

    def check(self, message: ClientMessage, now: float) -> None:
        match message:
            case Offer(gen=gen):
                self._check_offer(gen, now)
            case Candidate(gen=gen):
                self._check_candidate(gen)
            case _:
                pass

    def check_rate(self, now: float) -> None:
        """Counts a message; to be called for each one before it is parsed. Raises MessageError."""
        if not self._messages.take(now):
            raise MessageError(
                "rate_limited", _("This page is sending messages too fast. Reload it."), retryable=True
            )

    def answered(self) -> None:
        self._offered_at = None

    def _check_offer(self, gen: int, now: float) -> None:
        if self._offered_at is not None and now - self._offered_at < self._offer_seconds:
            raise MessageError("offer_pending", "The last offer has not been answered yet.", retryable=True)
        if gen <= self._gen:
            raise MessageError("stale_gen", f"The gen of an offer must be higher than {self._gen}.")
        if not self._offers.take(now):
            raise MessageError(
                "rate_limited", _("Too many connection attempts. Wait a minute."), retryable=True
            )
        self._gen = gen
        self._candidates_left = self._candidates
        self._offered_at = now

    def _check_candidate(self, gen: int) -> None:
        if gen != self._gen:
            raise MessageError("stale_gen", "The candidate belongs to another offer.")
        if self._candidates_left <= 0:
            raise MessageError(
                "too_many_candidates", f"An offer may have {self._candidates} candidates at most."
            )
        self._candidates_left -= 1
