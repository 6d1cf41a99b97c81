"""What a file says of when it was recorded."""

import re

from av.container import InputContainer

# The best first: with a time zone, then of its container, then of whoever tagged it.
_KEYS = ("com.apple.quicktime.creationdate", "creation_time", "date", "TDRC", "TDRL")
_LONGEST = 40
_TIME = re.compile(r"\d{2}[:-]\d{2}[:-]\d{2}")


def dates_in(container: InputContainer) -> tuple[str, ...]:
    """The file's dates as it writes them, at most _LONGEST characters each; see `core/recorded.py`."""
    found: list[str] = []
    for tags in (container.metadata, *(stream.metadata for stream in container.streams.audio)):
        known = {key.casefold(): value for key, value in tags.items()}
        # Of a broadcast WAV file FFmpeg gives day and time apart, under these names.
        time = known.get("creation_time", "")
        if _TIME.fullmatch(time) and (day := known.get("date")):
            found.append(f"{day.replace(':', '-')} {time.replace('-', ':')}")
        found += [known[key.casefold()] for key in _KEYS if known.get(key.casefold())]
    return tuple(dict.fromkeys(each.strip()[:_LONGEST] for each in found))
