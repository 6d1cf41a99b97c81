"""The way of utterances into the database: what was said is on disk at once, in PostgreSQL soon, and in it once."""

from .records import FinalRecord, SessionUpdate
from .saving import Rejection
from .writer import FinalWriter, WriterFullError

__all__ = ["FinalRecord", "FinalWriter", "Rejection", "SessionUpdate", "WriterFullError"]
