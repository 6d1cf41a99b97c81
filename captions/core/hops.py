"""How many servers like this one have passed a sound on: without a bound, two could do so in a circle, for ever."""

HEADER = "X-WhisperStream-Hops"
MOST = 2


def read(header: str) -> int:
    """The number in that header, 0 without one. More than MOST is too many; so is what is no number."""
    if not header:
        return 0
    return int(header) if header.isascii() and header.isdigit() and len(header) < 4 else MOST + 1
