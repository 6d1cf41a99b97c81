"""JSON that comes from outside."""

from typing import Any

import msgspec


def decoded(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError.

    A lone surrogate is refused, too: Python's own decoder lets it through, but nothing that writes UTF-8, such as a
    socket or a database, can pass it on. So are NaN, infinities, and what is nested too deeply.
    """
    try:
        return msgspec.json.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
