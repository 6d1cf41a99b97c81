"""How the page of captions looks, from its address. It is also drawn by programs such as OBS, which show no errors: a
value that cannot be used counts as if it were not there."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_COLOUR = re.compile(r"(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})", re.ASCII)
_FONT = re.compile(r"[^\W_][\w .\-]{0,59}")
_MOST_LINES, _LEAST_SIZE, _MOST_SIZE, _MOST_OUTLINE, _MOST_HOLD = 20, 8, 400, 20.0, 3600.0


@dataclass(frozen=True, slots=True)
class Look:
    """Sizes are in pixels, times in seconds, colours as in CSS. Empty or 0: as the page has it."""

    overlay: bool = False
    """Whether it stands over a picture, with nothing but captions."""
    lines: int = 0
    """0: as many as there is room for."""
    size: int = 0
    font: str = ""
    colour: str = ""
    outline: float = 0
    background: str = ""
    align: str = "left"
    partial: bool = True
    upper: bool = False
    hold: float = 0
    """How long the last words stay; 0: for good."""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Look":
        """The look that an address asks for. One with a `background` is meant to stand over a picture."""
        background = _colour(query.get("background", ""))
        usual = cls()
        if background is not None:
            usual = cls(True, lines=2, size=48, colour="#ffffff", outline=2, background=background, hold=8)

        def read(name: str, reader: Callable[[str], Any]) -> Any:
            value = reader(query[name].strip()) if name in query else None
            return getattr(usual, name) if value is None else value

        return cls(
            overlay=usual.overlay,
            lines=read("lines", _whole(1, _MOST_LINES)),
            size=read("size", _whole(_LEAST_SIZE, _MOST_SIZE)),
            font=read("font", lambda text: text if _FONT.fullmatch(text) else None),
            colour=read("colour", _colour),
            outline=read("outline", _number(_MOST_OUTLINE)),
            background=usual.background,
            align=read("align", lambda text: text if text in ("left", "center", "right") else None),
            partial=read("partial", _switch),
            upper=read("upper", _switch),
            hold=read("hold", _number(_MOST_HOLD)),
        )


def _colour(text: str) -> str | None:
    return f"#{text.lower()}" if _COLOUR.fullmatch(text) else None


def _switch(text: str) -> bool | None:
    return {"1": True, "0": False}.get(text)


def _whole(least: int, most: int) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        value = int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else -1
        return value if least <= value <= most else None

    return read


def _number(most: float) -> Callable[[str], float | None]:
    def read(text: str) -> float | None:
        value = float(text) if re.fullmatch(r"\d{1,4}(\.\d{1,3})?", text, re.ASCII) else -1
        return value if 0 <= value <= most else None

    return read
