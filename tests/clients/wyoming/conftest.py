from tests.live.workers import hire, layer

__all__ = ["hire", "layer"]
