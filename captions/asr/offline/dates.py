"""What a file says of when it was recorded."""

from av.container import InputContainer

# The best first: with a time zone, then of its container, then of its recorder, then of whoever tagged it.
_KEYS = ("com.apple.quicktime.creationdate", "creation_time", "date", "TDRC", "TDRL", "DATE")
_LONGEST = 40


def dates_in(container: InputContainer) -> tuple[str, ...]:
    """The file's dates as it writes them, at most _LONGEST characters each; see `core/recorded.py`."""
    found: list[str] = []
    for tags in (container.metadata, *(stream.metadata for stream in container.streams.audio)):
        known = {key.casefold(): value for key, value in tags.items()}
        # Broadcast WAV files have day and time apart.
        if day := known.get("origination_date"):
            found.append(f"{day.replace(':', '-')} {known.get('origination_time', '')}".strip())
        found += [known[key.casefold()] for key in _KEYS if known.get(key.casefold())]
    return tuple(dict.fromkeys(each.strip()[:_LONGEST] for each in found))
