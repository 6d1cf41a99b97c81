"""Every address that the product answers, read from its URL configuration."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# As the pattern of the URL configuration has it: <uuid:pk>, or a group of a regular expression.
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()\[\]]|\[[^\]]*\])*\)")


@dataclass(frozen=True, slots=True)
class Route:
    """An address, with its parameters as the URL configuration writes them."""

    pattern: str

    @property
    def parameters(self) -> list[str]:
        """For each parameter the pattern up to its end, which says what it means."""
        return [self.pattern[: found.end()] for found in _PARAMETER.finditer(self.pattern)]

    def path(self, meanings: dict[str, Any]) -> str:
        """The address with the parameters filled in. Raises AssertionError where nobody has said what one means."""
        missing = [each for each in self.parameters if each not in meanings]
        assert not missing, (
            f"A new route has the parameter {missing[0]!r}. Say in tests/attack/things.py, MEANINGS, which of Maren's "
            "things it names, so that it is attacked like the others."
        )
        values = iter([str(meanings[each]) for each in self.parameters])
        return "/" + _PARAMETER.sub(lambda _: next(values), self.pattern)


def routes() -> list[Route]:
    return [Route(pattern) for pattern in dict.fromkeys(_patterns(get_resolver().url_patterns))]


def _patterns(entries: list[Any], before: str = "") -> Iterator[str]:
    for entry in entries:
        pattern = before + re.sub(r"^\^|\\Z$|(?<=/)\$$", "", str(entry.pattern)).replace("/^", "/")
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns, pattern)
        else:
            assert isinstance(entry, URLPattern)
            yield pattern
