from tests.live.workers import hire, layer
from tests.recordings.conftest import sound

__all__ = ["hire", "layer", "sound"]
