"""Choices that several forms share."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from ..core.languages import LANGUAGES, language_name

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SENSITIVITIES = {0.3: gettext_lazy("High, for quiet voices"), 0.7: gettext_lazy("Low, for noisy rooms")}
"""Thresholds of the voice detection that can be chosen by their name."""


def languages(
    *first: "tuple[str, StrOrPromise]",
) -> "Callable[[], list[tuple[str, StrOrPromise]]]":
    """A callable that returns `first` and then all spoken languages (code and name).

    Names are in the language of the current request, and sorted in it.
    """

    def choices() -> "list[tuple[str, StrOrPromise]]":
        return [
            *first,
            *sorted(((code, language_name(code)) for code in LANGUAGES), key=lambda each: each[1]),
        ]

    return choices
