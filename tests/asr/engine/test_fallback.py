import numpy as np
import pytest

from captions.asr.engine.base import Audio, EngineError, Request, Task
from captions.asr.engine.fallback import FallbackEngine
from captions.speech.types import Hypothesis, Word

TASK = Task("partial")
GOOD, BAD = np.zeros(10, np.float32), np.ones(10, np.float32)


class Says:
    only_language = ""

    def __init__(self, name: str, *, fails_at: float = -1.0) -> None:
        self.name = self.device = name
        self._fails_at = fails_at

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        if audio[0] == self._fails_at:
            raise EngineError("The service is away.", retryable=True, elsewhere=True)
        return Hypothesis((Word(0, 1, f" {self.name}", 1.0),), "en", 1.0, 0.0, 0.0, 1.0, writer=self.name)

    def decode_together(self, requests: list[Request]) -> list[Hypothesis]:
        raise NotImplementedError

    def rehearse(self, seconds: float) -> None: ...


def test_the_second_decodes_what_the_first_does_not() -> None:
    made: list[Says] = []

    def make() -> Says:
        made.append(Says("second"))
        return made[-1]

    engine = FallbackEngine(Says("first", fails_at=1.0), make, parallel=2)  # type: ignore[arg-type]
    assert engine.decode(GOOD, TASK).writer == "first"
    assert not made, "it is not needed yet"
    heard = engine.decode(BAD, TASK)
    assert (heard.writer, heard.fell_back) == ("second", "The service is away.")
    together = engine.decode_together([Request(GOOD, TASK), Request(BAD, TASK), Request(GOOD, TASK)])
    assert [each.writer for each in together] == ["first", "second", "first"]
    assert len(made) == 1


def test_what_neither_decodes_is_not_decoded() -> None:
    engine = FallbackEngine(Says("first", fails_at=1.0), lambda: Says("second", fails_at=1.0), parallel=2)  # type: ignore[arg-type, return-value]
    with pytest.raises(EngineError):
        engine.decode(BAD, TASK)
