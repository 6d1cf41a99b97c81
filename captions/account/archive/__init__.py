"""The archive of a user: all their data as one ZIP file, described in docs/exports.md."""

from .keeping import connect, expire, sweep
from .making import make

__all__ = ["connect", "expire", "make", "sweep"]
