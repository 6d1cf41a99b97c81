"""A final decode that keeps to the words that are stable on the page."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from ..engines.base import EngineError, Task
from ..speech.agreement import Agreement
from ..speech.correction import is_as_likely
from ..speech.types import Hypothesis

Ask = Callable[[Task], Awaitable[Hypothesis | None]]


async def decode_keeping(ask: Ask, task: Task, agreement: Agreement) -> Hypothesis | None:
    """What `ask` answers to `task`; where that would correct stable words, what it says when it is made to keep them.

    A text that is clearly less likely with them is corrected after all. Disagreement is rare, so the second decode
    costs little. None where `ask` lets the first one go. Raises EngineError.
    """
    free = await ask(task)
    if free is None or agreement.kept_by(free.words):
        return free
    try:
        kept = await ask(replace(task, prefix=agreement.tail.stable))
    except EngineError:
        return free
    if kept is not None and agreement.kept_by(kept.words) and is_as_likely(kept, free):
        return kept
    return free
