"""Everything that people set for themselves, on one page."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from .. import time_zones
from ..languages import LANGUAGES
from ..models import LAST_LANGUAGE, Theme, User
from ..replacements import (
    ARROW,
    MOST_REPLACEMENTS,
    Replacement,
    ReplacementError,
    read_replacement,
    same_heard,
    stored,
)
from .listening import NEW_LINE, ListeningForm

_SHOWN_ERRORS = 3


class ReplacementsField(forms.Field):
    """What is heard and what to write for it, one pair a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> list[Replacement]:
        lines: dict[str, int] = {}
        entries, wrong = [], []
        for number, line in enumerate(NEW_LINE.split(value or ""), 1):
            if not line.strip():
                continue
            try:
                entry = read_replacement(line.replace("\t", " "))
            except ReplacementError as error:
                wrong.append(f"Line {number} {error}")
                continue
            first = lines.setdefault(same_heard(entry), number)
            if first != number:
                wrong.append(f"Line {number} replaces the same words as line {first}.")
            entries.append(entry)
        if wrong:
            raise ValidationError(wrong[:_SHOWN_ERRORS])
        if len(entries) > MOST_REPLACEMENTS:
            raise ValidationError(f"{MOST_REPLACEMENTS} lines fit; these are {len(entries)}. Leave some out.")
        return entries


class SettingsForm(ListeningForm):
    dictation_language = forms.ChoiceField(
        label="Language of new dictations",
        required=False,
        choices=[
            (LAST_LANGUAGE, "As chosen last in the browser"),
            ("", "Any language"),
            *LANGUAGES.items(),
        ],
    )
    replacements = ReplacementsField(
        label="Replacements",
        required=False,
        help_text=(
            f"What is heard {ARROW} what to write, one a line, such as “fifty percent -&gt; 50 %”. "
            "Whole words only; what begins with a capital letter, or is all capitals, is "
            "written likewise. What was heard stays in the versions of the sentence."
        ),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocapitalize": "off"}),
    )
    theme = forms.ChoiceField(label="Light or dark", required=False, choices=Theme.choices)
    dots = forms.BooleanField(label="Underline words that may still change with dots", required=False)
    announce = forms.BooleanField(label="Read new sentences to screen readers", required=False)
    time_zone = forms.ChoiceField(label="Time zone", required=False)

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data, user=user)
        zone = user.time_zone or timezone.get_default_timezone_name()
        self.initial.update(
            dictation_language=user.dictation_language,
            replacements=user.wanted_replacements,
            theme=user.theme,
            dots=user.dots,
            announce=user.announce,
            time_zone=zone,
        )
        self.fields["time_zone"].choices = time_zones.choices(zone)  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        data = self.cleaned_data
        return super().wanted() | {
            "dictation_language": data["dictation_language"],
            "replacements": stored(data["replacements"]),
            "theme": data["theme"],
            "dots": data["dots"],
            "announce": data["announce"],
            "time_zone": data["time_zone"] or self._user.time_zone,
        }
