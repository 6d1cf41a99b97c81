"""The time zones that a user can choose."""

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

# Time zones elsewhere are old names of these, or name no place.
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
    """The names of all time zones that this system knows."""
    return frozenset(available_timezones())


def choices(chosen: str) -> list[tuple[str, str]]:
    """The time zones to choose from as (name, label), sorted; `chosen` is always among them."""
    names = {name for name in known() if name.startswith(_AREAS)} | {"UTC", chosen}
    return [(name, name.replace("_", " ")) for name in sorted(names)]


def zone(name: str) -> ZoneInfo | None:
    """The time zone of that name; None if the name is empty or unknown."""
    return ZoneInfo(name) if name in known() else None
