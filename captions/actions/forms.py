"""The forms for actions: what is wrong with a phrase is said in a sentence."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from ..commands import template
from ..commands.template import LONGEST_TEMPLATE, Flaw, TemplateError
from ..core.invisible import without_invisible
from ..models import ActionDoes, SpokenAction
from ..models.spoken_action import LONGEST_ACTION_NAME, LONGEST_ACTION_TEXT, LONGEST_LEAD
from .changing import Wanted

_LONGEST_SENTENCE = 1_000
_SENTENCES: dict[Flaw, str] = {
    "too_long": gettext_noop("The phrase is too long."),
    "too_much": gettext_noop("The phrase has too many parts."),
    "bracket": gettext_noop("A bracket has no counterpart: %(part)s."),
    "empty": gettext_noop("There is nothing between two of the brackets or bars."),
    "bar": gettext_noop("Put parentheses around words one of which is said: (a|b)."),
    "slot": gettext_noop("A slot needs a name that begins with a letter, such as {device}."),
    "slot_twice": gettext_noop("The slot {%(part)s} is in it twice."),
    "slots_touch": gettext_noop(
        "Put a word before the slot {%(part)s}, so that the one before it has an end."
    ),
    "no_word": gettext_noop("The phrase needs a word that is always said."),
}


def sentence_of(error: TemplateError) -> str:
    return gettext(_SENTENCES[error.flaw]) % {"part": error.part}


class ActionForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_ACTION_NAME,
        help_text=_("It is sent along, and shown when the action is done."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    template = forms.CharField(
        label=_("What you say"),
        max_length=LONGEST_TEMPLATE,
        help_text=_(
            "Such as “[please] (turn|switch) on [the] {device}”. Words in [ ] may be left out, of those in (a|b) one "
            "is said, and { } stands for one word or more, under that name."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    does = forms.ChoiceField(label=_("What it does"), choices=ActionDoes.choices)
    text = forms.CharField(
        label=_("The text to write"),
        required=False,
        max_length=LONGEST_ACTION_TEXT,
        help_text=_(
            "Only for an action that writes a text. A slot such as {device} stands for what was said."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_template(self) -> str:
        wanted: str = without_invisible(self.cleaned_data["template"])
        try:
            template.read(wanted)
        except TemplateError as error:
            raise forms.ValidationError(sentence_of(error)) from error
        return wanted

    def clean_text(self) -> str:
        lines = self.cleaned_data["text"].replace("\r\n", "\n").replace("\t", " ").split("\n")
        return "\n".join(map(without_invisible, lines)).strip()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("does") != ActionDoes.WRITE:
            cleaned["text"] = ""
        elif "text" in cleaned and "template" in cleaned:
            self._check_text(cleaned["text"], template.read(cleaned["template"]).slots)
        return cleaned

    def _check_text(self, text: str, slots: tuple[str, ...]) -> None:
        if not text:
            self.add_error("text", gettext("Enter the text."))
        for name in template.slots_in(text):
            if name not in slots:
                self.add_error("text", gettext("The phrase has no slot {%(part)s}.") % {"part": name})
                break

    def wanted(self) -> Wanted:
        """What a valid form says."""
        return Wanted(**self.cleaned_data)


def values_of(action: SpokenAction) -> dict[str, Any]:
    return {"name": action.name, "template": action.template, "does": action.does, "text": action.text}


class LeadForm(forms.Form):
    lead_word = forms.CharField(
        label=_("Word before each action"),
        required=False,
        max_length=LONGEST_LEAD,
        help_text=_("Such as “computer”: with one, nothing is an action that does not begin with it."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean_lead_word(self) -> str:
        word: str = without_invisible(self.cleaned_data["lead_word"])
        if word and not template.keys_of(word):
            raise forms.ValidationError(gettext("Enter a word of letters."))
        return word


class TryForm(forms.Form):
    said = forms.CharField(
        label=_("Try a sentence"),
        max_length=_LONGEST_SENTENCE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
