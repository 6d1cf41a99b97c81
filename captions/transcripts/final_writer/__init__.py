"""The final writer saves finals: first to a spool on disk, then to PostgreSQL, in order and exactly once."""

from .records import DeviceNote, FinalRecord, SessionUpdate, Translation
from .saving import Rejection
from .writer import FinalWriter, WriterFullError

__all__ = [
    "DeviceNote",
    "FinalRecord",
    "FinalWriter",
    "Rejection",
    "SessionUpdate",
    "Translation",
    "WriterFullError",
]
