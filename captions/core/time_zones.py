"""The time zones that people can choose from."""

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

# The others are old names of these, or no places.
_AREAS = (
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
)


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    """Every name that means a time zone here."""
    return frozenset(available_timezones())


def choices(chosen: str) -> list[tuple[str, str]]:
    """Names and what to call them, the chosen one among them whatever it is."""
    names = {name for name in known() if name.startswith(_AREAS)} | {"UTC", chosen}
    return [(name, name.replace("_", " ")) for name in sorted(names)]


def zone(name: str) -> ZoneInfo | None:
    """None where nothing was chosen, or what was chosen is no longer known."""
    return ZoneInfo(name) if name in known() else None
