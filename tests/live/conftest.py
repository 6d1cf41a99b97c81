from tests.recordings.conftest import sound

__all__ = ["sound"]
