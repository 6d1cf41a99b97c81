import pytest

from captions.bench import capacity
from captions.bench.figures import Figures


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 7, 8, 12, 63, 64, 65, 200])
async def test_the_search_finds_the_limit_and_tries_no_number_twice(limit: int) -> None:
    tried: list[int] = []

    async def carries(streams: int) -> bool:
        tried.append(streams)
        return streams <= limit

    assert await capacity.largest(carries, most=64) == min(limit, 64)
    assert len(tried) == len(set(tried))
    assert all(streams <= 64 for streams in tried)


@pytest.mark.parametrize(
    ("shown_p95", "longest_final", "enough"),
    [(1.5, 3.0, True), (1.6, 1.0, False), (0.5, 3.1, False), (None, 1.0, True), (0.5, None, False)],
)
def test_streams_are_carried_when_words_and_finals_come_in_time(
    shown_p95: float | None, longest_final: float | None, enough: bool
) -> None:
    assert capacity.carried(Figures({"shown_s": {"p95": shown_p95}}, longest_final)) is enough
