"""Where the files of a speech model are, and how they are found."""

from dataclasses import dataclass
from typing import Literal, Protocol

from .base import Wanted
from .hub import Progress

Origin = Literal["folder", "hub", "package index"]


@dataclass(frozen=True, slots=True)
class Located:
    """A model whose files are on this machine."""

    path: str
    """Its folder, or its file if it is one."""
    name: str
    """Its name as it was asked for, or the name of the default."""
    origin: Origin
    """Where the files came from, now or earlier."""


class ModelFiles(Protocol):
    """The models in one format."""

    def name_of(self, wanted: Wanted) -> str:
        """The name of the model; that of the default if none was asked for."""
        ...

    def find(self, wanted: Wanted) -> Located | None:
        """The model if it is on this machine, otherwise None. Never uses the network.

        Raises EngineError for a name of no model, and for a path without one.
        """
        ...

    def locate(self, wanted: Wanted, on_progress: Progress | None = None) -> Located:
        """The model, downloaded if it is not on this machine. Raises EngineError."""
        ...

    def probe(self, wanted: Wanted) -> Located | None:
        """The model if it is on this machine; None if it can most likely be downloaded. Answers within seconds.

        Raises EngineError as `locate` does, except for errors that only a download shows.
        """
        ...
