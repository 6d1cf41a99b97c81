from tests.live.workers import hire

__all__ = ["hire"]
