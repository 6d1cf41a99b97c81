"""The form for the format and the options of an export."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from ...models import User
from ..export import FORMATS, CueRules, Options
from ..export.options import DEFAULTS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What is proposed until the user has chosen: prose, as the page shows it.
_PROPOSED = {"paragraphs": True}
# The form fields for each option in `Format.uses`.
_FIELDS = {
    "cues": ("line_length", "lines", "fast", "too_fast", "shortest", "longest"),
    "times": ("times",),
    "paragraphs": ("paragraphs",),
    "crlf": ("line_ends",),
}


class _Number(forms.IntegerField):
    def __init__(
        self, label: "StrOrPromise", least: int, most: int, default: int, sentence: "StrOrPromise"
    ) -> None:
        super().__init__(
            label=label,
            min_value=least,
            max_value=most,
            initial=default,
            error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), sentence),
        )


class _Seconds(forms.FloatField):
    def __init__(
        self, label: "StrOrPromise", least: float, most: float, default_ms: int, sentence: "StrOrPromise"
    ) -> None:
        super().__init__(
            label=label,
            min_value=least,
            max_value=most,
            initial=f"{default_ms / 1000:g}",
            error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), sentence),
            widget=forms.NumberInput(attrs={"step": "0.1"}),
        )


@dataclass(frozen=True, slots=True)
class Field:
    """A field as the page shows it; `formats` are the names of the formats that it affects, separated by spaces."""

    bound: forms.BoundField
    formats: str

    @property
    def is_check(self) -> bool:
        return isinstance(self.bound.field.widget, forms.CheckboxInput)


def _formats_of(name: str) -> str:
    uses = {option for option, names in _FIELDS.items() if name in names}
    return " ".join(format.name for format in FORMATS.values() if format.uses & uses)


class ExportForm(forms.Form):
    """A format and its options; fields that do not affect the chosen format are not validated."""

    format = forms.ChoiceField(
        choices=[(format.name, format.label) for format in FORMATS.values()],
        initial="txt",
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose one of the formats.")),
    )
    line_length = _Number(
        _("Line length"), 20, 100, DEFAULTS.cues.columns, _("A line can have 20 to 100 characters.")
    )
    lines = _Number(
        _("Lines per subtitle"), 1, 3, DEFAULTS.cues.lines, _("A subtitle can have 1 to 3 lines.")
    )
    fast = _Number(
        _("Reading speed"),
        5,
        60,
        DEFAULTS.cues.fast,
        _("The reading speed can be 5 to 60 characters per second."),
    )
    too_fast = _Number(
        _("Split if faster than"),
        5,
        60,
        DEFAULTS.cues.too_fast,
        _("“Split if faster than” can be 5 to 60 characters per second."),
    )
    shortest = _Seconds(
        _("Shortest subtitle (s)"),
        0.3,
        5,
        DEFAULTS.cues.shortest_ms,
        _("The shortest subtitle can last 0.3 to 5 seconds."),
    )
    longest = _Seconds(
        _("Longest subtitle (s)"),
        2,
        30,
        DEFAULTS.cues.longest_ms,
        _("The longest subtitle can last 2 to 30 seconds."),
    )
    times = forms.BooleanField(label=_("Times"), required=False)
    paragraphs = forms.BooleanField(label=_("Paragraphs"), required=False)
    line_ends = forms.ChoiceField(
        label=_("Made for"),
        choices=[("lf", _("Mac, Linux")), ("crlf", _("Windows"))],
        initial="lf",
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose Mac, Linux or Windows.")),
    )

    @classmethod
    def over_defaults(cls, *asked: Mapping[str, Any]) -> Self:
        """The form filled in with the defaults and then with the values of each of `asked`; later ones win."""
        data: dict[str, Any] = {
            name: field.initial for name, field in cls.base_fields.items() if field.initial is not None
        }
        for each in asked:
            # Not update(): with a QueryDict that would keep lists of values.
            data |= {name: each[name] for name in cls.base_fields if name in each}
        return cls(data, auto_id="export-%s")

    @classmethod
    def remembered_by(cls, user: User, *asked: Mapping[str, Any]) -> Self:
        """The form with the last choices of the user, then with the values of each of `asked`."""
        if cls.over_defaults(user.export_choices).is_valid():
            return cls.over_defaults(_PROPOSED, user.export_choices, *asked)
        # An earlier version may have stored what is no longer valid.
        return cls.over_defaults(_PROPOSED, *asked)

    def remember(self, user: User) -> None:
        """Stores the choices of a valid form as the user's last ones."""
        user.export_choices = dict(self.cleaned_data)
        user.save(update_fields=["export_choices"])

    @property
    def usual(self) -> list["Field"]:
        """The fields that most people use, in the order in which the page shows them."""
        return self._fields("line_length", "lines", "fast", "times", "paragraphs", "line_ends")

    @property
    def rare(self) -> list["Field"]:
        return self._fields("too_fast", "shortest", "longest")

    def _fields(self, *names: str) -> list["Field"]:
        return [Field(self[name], _formats_of(name)) for name in names]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        uses = FORMATS[data["format"]].uses if "format" in data else frozenset()
        for option, names in _FIELDS.items():
            if option not in uses:
                # Others stay, to be remembered for the formats that they affect; the rules of subtitles have to agree.
                for name in names:
                    if self.errors.pop(name, None) or option == "cues":
                        data[name] = self.fields[name].clean(self.fields[name].initial)
        if "cues" in uses:
            if data.get("shortest", 0) > data.get("longest", 30):
                self.add_error("longest", _("The longest subtitle cannot be shorter than the shortest."))
            if data.get("fast", 0) > data.get("too_fast", 60):
                self.add_error(
                    "too_fast", _("“Split if faster than” cannot be lower than the reading speed.")
                )
        return data

    @property
    def options(self) -> Options:
        data = self.cleaned_data
        return Options(
            cues=CueRules(
                columns=data["line_length"],
                lines=data["lines"],
                fast=data["fast"],
                too_fast=data["too_fast"],
                shortest_ms=round(data["shortest"] * 1000),
                longest_ms=round(data["longest"] * 1000),
            ),
            times=data["times"],
            paragraphs=data["paragraphs"],
            crlf=data["line_ends"] == "crlf",
        )
