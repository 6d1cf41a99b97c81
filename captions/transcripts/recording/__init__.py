"""The way of utterances into the database: what was said is on disk at once, in PostgreSQL soon, and in it once."""

from .recorder import Recorder, RecorderFullError
from .records import FinalRecord, SessionUpdate
from .saving import Rejection

__all__ = ["FinalRecord", "Recorder", "RecorderFullError", "Rejection", "SessionUpdate"]
