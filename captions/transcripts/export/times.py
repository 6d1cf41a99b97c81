"""Times as files spell them."""


def timestamp(ms: int, decimal: str) -> str:
    """`HH:MM:SS` and milliseconds after `decimal`; hours go on beyond 99."""
    return f"{clock(ms)}{decimal}{ms % 1000:03d}"


def clock(ms: int) -> str:
    """`HH:MM:SS`; hours go on beyond 99."""
    seconds = ms // 1000
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
