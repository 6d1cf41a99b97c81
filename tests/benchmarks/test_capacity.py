import pytest

from captions.benchmarks import capacity


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 7, 8, 12, 63, 64, 65, 200])
async def test_the_search_finds_the_limit_and_tries_no_number_twice(limit: int) -> None:
    tried: list[int] = []

    async def carries(streams: int) -> bool:
        tried.append(streams)
        return streams <= limit

    assert await capacity.largest(carries, most=64) == min(limit, 64)
    assert len(tried) == len(set(tried))
    assert all(streams <= 64 for streams in tried)
