"""PostgreSQL and Valkey under a folder of our own, for whoever has none: started, found again and stopped."""

from .errors import StoreError
from .postgres import EmbeddedPostgres
from .valkey import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedValkey", "StoreError"]
