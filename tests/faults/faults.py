"""The list of faults: each is a function that injects one into a scene."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.faults.scene import Scene

Road = Literal["direct", "link", "tls"]
Inject = Callable[[Scene], None]


def nothing_missing() -> str:
    return ""


@dataclass(frozen=True)
class Fault:
    """A row of the table. `road` is how the browser reaches the product, `settings` are the product's."""

    name: str
    title: str
    inject: Inject
    road: Road = "direct"
    settings: Mapping[str, str] = field(default_factory=dict)
    missing: Callable[[], str] = nothing_missing
    """Why it cannot be injected on this machine, or nothing."""
    flags: tuple[str, ...] = ()
    """Of the browser."""


ALL: dict[str, Fault] = {}


def fault(
    title: str,
    *,
    road: Road = "direct",
    settings: Mapping[str, str] | None = None,
    missing: Callable[[], str] = nothing_missing,
    flags: tuple[str, ...] = (),
) -> Callable[[Inject], Inject]:
    """Adds a function to the list, by its name; `title` is what the table says."""

    def add(inject: Inject) -> Inject:
        name = inject.__name__.replace("_", "-")
        ALL[name] = Fault(name, title, inject, road, settings or {}, missing, flags)
        return inject

    return add
