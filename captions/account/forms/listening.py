"""The form for a user's recognition settings and for keeping recordings."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy

from ...audio.noise.kinds import is_installed
from ...core.vocabulary import MOST_WORDS, EntryError, joined, vocabulary_entry
from ...models import User
from ...protocol.endpointing import LEAST_SILENCE, MOST_SILENCE
from ...web.choices import CLEANING_HELP, CLEANINGS, SENSITIVITIES, translates

NEW_LINE = re.compile(r"\r\n|\n|\r")


class VocabularyField(forms.Field):
    """A vocabulary: one word or phrase per line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> list[str]:
        words, wrong = [], []
        for number, line in enumerate(NEW_LINE.split(value or ""), 1):
            try:
                words += [vocabulary_entry(line.replace("\t", " "))] if line.strip() else []
            except EntryError as error:
                wrong.append(error.of(line_name(number)))
        if wrong:
            raise ValidationError(wrong[:3])
        if len(set(words)) > MOST_WORDS:
            raise ValidationError(too_many_lines(len(set(words)), MOST_WORDS))
        return list(joined(words))


def line_name(number: int) -> str:
    """The name of a line of a text box, to begin an error message with."""
    return gettext("Line %(number)s") % {"number": number}


def too_many_lines(count: int, most: int) -> str:
    return gettext("You can have up to %(most)s lines, and there are %(count)s. Remove some.") % {
        "most": most,
        "count": count,
    }


class ListeningForm(forms.Form):
    """A user's settings for all dictations; an empty field stands for the server's setting."""

    vocabulary = VocabularyField(
        label=gettext_lazy("Custom vocabulary"),
        required=False,
        help_text=gettext_lazy(
            "Names and technical terms, one word or phrase per line, the most important first."
        ),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocapitalize": "off"}),
    )
    pause = forms.FloatField(
        label=gettext_lazy("New line after a pause of (seconds)"),
        required=False,
        min_value=LEAST_SILENCE,
        max_value=MOST_SILENCE,
        widget=forms.NumberInput(attrs={"step": "0.1", "inputmode": "decimal"}),
    )
    sensitivity = forms.TypedChoiceField(
        label=gettext_lazy("Microphone sensitivity"),
        required=False,
        choices=[("", gettext_lazy("Normal")), *SENSITIVITIES.items()],
        coerce=float,
        empty_value=None,
        help_text=gettext_lazy("At high sensitivity, noise is more likely to be mistaken for speech."),
    )
    cleaning = forms.ChoiceField(
        label=gettext_lazy("Noise reduction"), required=False, choices=CLEANINGS, help_text=CLEANING_HELP
    )
    translate = forms.BooleanField(
        label=gettext_lazy("Translate other languages into English"),
        required=False,
        help_text=gettext_lazy(
            "Under each sentence, a few seconds later. Corrections of the text do not change it."
        ),
    )

    keep_sound = forms.BooleanField(label=gettext_lazy("Save the recordings of dictations"), required=False)
    second_pass = forms.BooleanField(
        label=gettext_lazy("Transcribe again when a dictation ends"),
        required=False,
        help_text=gettext_lazy(
            "The whole recording is transcribed once more, and the improved transcript replaces the live "
            "text. Your corrections stay, and the version history has the original."
        ),
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        initial = {
            "keep_sound": user.keep_sound,
            "second_pass": user.second_pass,
            "sound_days": user.sound_days and user.days_of_sound,
            "vocabulary": user.vocabulary,
            "pause": user.silence_ms and Decimal(user.silence_ms) / 1000,
            "sensitivity": user.threshold,
            "cleaning": user.cleaning or "off",
            "translate": user.translate,
        }
        super().__init__(data, initial=initial)
        self._user = user
        self._describe_silences()
        self._limit_days(settings.SOUND_KEEP_DAYS)
        # Where it cannot be had, it can still be turned off.
        if not is_installed() and user.cleaning in ("", "off"):
            del self.fields["cleaning"]
        if not translates():
            # The choice of the account stays for the day when the server has another model.
            del self.fields["translate"]

    def _describe_silences(self) -> None:
        # Made for each form, because the format of numbers depends on the reader's language.
        seconds = {
            "least": number_format(LEAST_SILENCE),
            "most": number_format(MOST_SILENCE),
            "usual": number_format(f"{settings.VAD_SILENCE_MS / 1000:g}"),
        }
        pause = self.fields["pause"]
        pause.help_text = (
            gettext(
                "A pause this long starts a new line, even in mid-sentence. From %(least)s to %(most)s. "
                "Empty means %(usual)s."
            )
            % seconds
        )
        wrong = gettext("The pause must be between %(least)s and %(most)s seconds.") % seconds
        pause.error_messages |= dict.fromkeys(("invalid", "min_value", "max_value"), wrong)

    def _limit_days(self, most: int) -> None:
        if most == 0:
            # This server keeps no recordings, so there is nothing to choose.
            del self.fields["keep_sound"], self.fields["second_pass"]
            return
        self.fields["sound_days"] = forms.IntegerField(
            label=gettext("Delete recordings after (days)"),
            required=False,
            min_value=1,
            max_value=most,
            help_text=gettext(
                "From 1 to %(most)s. Empty means %(most)s. "
                "Only the recording is deleted; its transcript stays."
            )
            % {"most": most},
            error_messages=dict.fromkeys(
                ("invalid", "min_value", "max_value"),
                gettext("Recordings can be kept for 1 to %(most)s days.") % {"most": most},
            ),
        )

    def wanted(self) -> dict[str, Any]:
        """The new values of the account's fields."""
        data = self.cleaned_data
        values = {
            "vocabulary": data["vocabulary"],
            "threshold": data["sensitivity"],
            "silence_ms": None if data["pause"] is None else round(data["pause"] * 1000),
        }
        values |= {name: data[name] for name in ("translate", "cleaning") if name in data}
        if "keep_sound" in data:
            values |= {name: data[name] for name in ("keep_sound", "second_pass", "sound_days")}
        return values

    def save(self) -> None:
        wanted = self.wanted()
        for name, value in wanted.items():
            setattr(self._user, name, value)
        self._user.save(update_fields=list(wanted))
