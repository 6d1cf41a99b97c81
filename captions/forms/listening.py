"""How people want to be listened to, and whether their sound is kept."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from ..listening import MOST_WORDS, WordError, joined, word_to_expect
from ..models import User

NEW_LINE = re.compile(r"\r\n|\n|\r")

# What people are offered; programs may ask for more (docs/protocol.md).
LEAST_PAUSE, MOST_PAUSE = 0.3, 2
SENSITIVITIES = {0.3: "High, for quiet voices", 0.7: "Low, for noisy rooms"}


class VocabularyField(forms.Field):
    """Words and phrases to expect, one a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> list[str]:
        words, wrong = [], []
        for number, line in enumerate(NEW_LINE.split(value or ""), 1):
            try:
                words += [word_to_expect(line.replace("\t", " "))] if line.strip() else []
            except WordError as error:
                wrong.append(f"Line {number} {error}")
        if wrong:
            raise ValidationError(wrong[:3])
        if len(set(words)) > MOST_WORDS:
            raise ValidationError(f"{MOST_WORDS} lines fit; these are {len(set(words))}. Leave some out.")
        return list(joined(words))


class ListeningForm(forms.Form):
    """How a person wants to be listened to in every dictation; what is empty is as the server is set."""

    vocabulary = VocabularyField(
        label="Words to expect",
        required=False,
        help_text="Names and rare words, one word or phrase a line, the most important first.",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocapitalize": "off"}),
    )
    pause = forms.FloatField(
        label="Pause that ends a sentence, in seconds",
        required=False,
        min_value=LEAST_PAUSE,
        max_value=MOST_PAUSE,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"),
            f"A pause is from {LEAST_PAUSE:g} to {MOST_PAUSE:g} seconds.",
        ),
        widget=forms.NumberInput(attrs={"step": "0.1", "inputmode": "decimal"}),
    )
    sensitivity = forms.TypedChoiceField(
        label="Sensitivity to quiet voices",
        required=False,
        choices=[("", "Ordinary"), *SENSITIVITIES.items()],
        coerce=float,
        empty_value=None,
        help_text="With high sensitivity noise is sooner taken for speech.",
    )

    keep_sound = forms.BooleanField(label="Keep the sound of dictations", required=False)

    def __init__(self, data: Any = None, *, user: User) -> None:
        initial = {
            "keep_sound": user.keep_sound,
            "sound_days": user.sound_days and user.days_of_sound,
            "vocabulary": user.vocabulary,
            "pause": user.silence_ms and user.silence_ms / 1000,
            "sensitivity": user.threshold,
        }
        super().__init__(data, initial=initial)
        self._user = user
        usual = settings.VAD_SILENCE_MS / 1000
        pause = self.fields["pause"]
        pause.help_text = f"From {LEAST_PAUSE:g} to {MOST_PAUSE:g}. Empty means {usual:g}."
        self._limit_days(settings.SOUND_KEEP_DAYS)

    def _limit_days(self, most: int) -> None:
        if most == 0:
            # Nothing is kept here, so there is nothing to choose.
            del self.fields["keep_sound"]
            return
        self.fields["sound_days"] = forms.IntegerField(
            label="Days for which sound is kept",
            required=False,
            min_value=1,
            max_value=most,
            help_text=f"From 1 to {most}. Empty means {most}. Older sound is deleted, and its text stays.",
            error_messages=dict.fromkeys(
                ("invalid", "min_value", "max_value"), f"Sound is kept for 1 to {most} days."
            ),
        )

    def wanted(self) -> dict[str, Any]:
        """What fields of the account become."""
        data = self.cleaned_data
        values = {
            "vocabulary": data["vocabulary"],
            "threshold": data["sensitivity"],
            "silence_ms": None if data["pause"] is None else round(data["pause"] * 1000),
        }
        if "keep_sound" in data:
            values |= {"keep_sound": data["keep_sound"], "sound_days": data["sound_days"]}
        return values

    def save(self) -> None:
        wanted = self.wanted()
        for name, value in wanted.items():
            setattr(self._user, name, value)
        self._user.save(update_fields=list(wanted))
