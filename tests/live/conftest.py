from tests.live.workers import hire
from tests.recordings.conftest import sound

__all__ = ["hire", "sound"]
