"""The list of faults: each is a function that injects one into a scene."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.faults.link import GOOD, Rules
from tests.faults.scene import Scene

Inject = Callable[[Scene], None]


def _nothing_missing() -> str:
    return ""


@dataclass(frozen=True)
class Fault:
    """A row of the table: what happens, and what it needs."""

    name: str
    title: str
    inject: Inject
    road: Literal["direct", "link", "tls"] = "direct"
    """How the browser reaches the product."""
    rules: Rules = GOOD
    """Of the link, from the start."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of the product."""
    around: Callable[[], AbstractContextManager[object]] | None = None
    """What has to be there for as long as a product of its own runs."""
    profile_size: str = ""
    """The size of a file system for the browser's profile alone, as mount takes it."""
    is_long: bool = False
    """Whether it takes so long that it is left out unless somebody asks for it."""
    missing: Callable[[], str] = _nothing_missing
    """Why it cannot be injected on this machine, or nothing."""


ALL: dict[str, Fault] = {}


def fault(title: str, **needs: Any) -> Callable[[Inject], Inject]:
    """Adds a function to the list, by its name; `title` is what the table says, `needs` are fields of Fault."""

    def add(inject: Inject) -> Inject:
        name = inject.__name__.replace("_", "-")
        ALL[name] = Fault(name, title, inject, **needs)
        return inject

    return add
