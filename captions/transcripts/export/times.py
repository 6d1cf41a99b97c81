"""Timestamps of subtitle formats."""


def timestamp(ms: int, decimal: str) -> str:
    """`HH:MM:SS` and milliseconds after `decimal`; hours go on beyond 99."""
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{decimal}{ms:03d}"
