"""The connection to a Realtime service: events both ways, and the sound."""

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]


class Line(Protocol):
    """What becomes of it shows in `hear`. Whoever opens one closes it.

    Every method but `close` raises EngineError once the line is lost.
    """

    as_media: bool
    """Whether the sound does not go in events."""

    @property
    def sent_ms(self) -> int:
        """Milliseconds of sound that were sent so far."""
        ...

    async def say(self, event: dict[str, Any]) -> None: ...

    async def push(self, samples: Samples) -> None:
        """Sends sound, mono int16 at 16 kHz, shape (n,)."""
        ...

    async def settle(self) -> None:
        """Waits until all sound that was pushed is at the service: then a commit is about it."""
        ...

    async def hear(self) -> dict[str, Any]:
        """The next event, which has a type."""
        ...

    async def close(self) -> None: ...
