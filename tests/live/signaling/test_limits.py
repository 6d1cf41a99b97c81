import pytest

from captions.core.allowance import Allowance
from captions.live.signaling.limits import SocketLimits
from captions.protocol.messages import Candidate, MessageError, Offer


@pytest.fixture
def limits() -> SocketLimits:
    return SocketLimits(messages_per_second=20, offers_per_minute=6, candidates=20, offer_seconds=3)


def code(limits: SocketLimits, message: Offer | Candidate, now: float) -> str:
    with pytest.raises(MessageError) as caught:
        limits.check(message, now)
    return caught.value.code


def offer(gen: int) -> Offer:
    return Offer(gen, "v=0")


def test_allowance_refills() -> None:
    allowance = Allowance(per_second=1, burst=2)
    assert [allowance.take(0), allowance.take(0), allowance.take(0)] == [True, True, False]
    assert allowance.take(1.0)
    assert not allowance.take(1.5)
    assert [allowance.take(100), allowance.take(100), allowance.take(100)] == [True, True, False]


def test_twenty_first_candidate_is_refused(limits: SocketLimits) -> None:
    limits.check(offer(1), 0)
    for _ in range(20):
        limits.check(Candidate(1, "c"), 0)
    assert code(limits, Candidate(1, "c"), 0) == "too_many_candidates"
    limits.answered()
    limits.check(offer(2), 1)
    limits.check(Candidate(2, "c"), 1)
    assert code(limits, Candidate(1, "c"), 1) == "stale_gen"


def test_an_offer_bars_the_next_until_answered(limits: SocketLimits) -> None:
    limits.check(offer(1), 0)
    assert code(limits, offer(2), 0.5) == "offer_pending"
    limits.answered()
    limits.check(offer(2), 0.6)
    limits.check(offer(3), 3.7)


def test_gen_must_grow(limits: SocketLimits) -> None:
    limits.check(offer(5), 0)
    limits.answered()
    assert code(limits, offer(5), 1) == "stale_gen"


def test_seventh_offer_in_a_minute_is_refused(limits: SocketLimits) -> None:
    for gen in range(1, 7):
        limits.check(offer(gen), 0.0)
        limits.answered()
    assert code(limits, offer(7), 1) == "rate_limited"
    limits.check(offer(8), 12)


def test_message_rate(limits: SocketLimits) -> None:
    for _ in range(60):
        limits.check_rate(0)
    with pytest.raises(MessageError) as caught:
        limits.check_rate(0)
    assert caught.value.code == "rate_limited"
    limits.check_rate(1)
