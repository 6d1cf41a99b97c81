"""Times as they are written in files."""


def timestamp(ms: int, decimal: str) -> str:
    """`HH:MM:SS`, the `decimal` sign and three digits of milliseconds; hours may exceed 99."""
    return f"{clock(ms)}{decimal}{ms % 1000:03d}"


def clock(ms: int) -> str:
    """`HH:MM:SS`; hours may exceed 99."""
    seconds = ms // 1000
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
