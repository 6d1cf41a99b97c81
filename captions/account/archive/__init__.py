"""Everything that somebody owns as one file. docs/exports.md says what is in it."""

from .keeping import connect, expire, sweep
from .making import make

__all__ = ["connect", "expire", "make", "sweep"]
