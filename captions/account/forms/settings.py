"""The form with all settings of a user."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ...core import interface_language, time_zones
from ...core.languages import language_name
from ...core.replacements import (
    ARROW,
    MOST_REPLACEMENTS,
    MOST_SNIPPETS,
    Replacement,
    has_arrow,
    read_replacement,
    read_snippet,
    same_heard,
    stored,
)
from ...core.vocabulary import EntryError
from ...models import LAST_LANGUAGE, LONGEST_PROMPT, USUAL_PROMPT, Theme, User
from ...web.choices import languages, only_language
from .listening import NEW_LINE, ListeningForm, line_name, too_many_lines

_SHOWN_ERRORS = 3


class ReplacementsField(forms.Field):
    """Replacements: one per line, such as "heard -> written"."""

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
            except EntryError as error:
                wrong.append(error.of(line_name(number)))
                continue
            first = lines.setdefault(same_heard(entry), number)
            if first != number:
                lines_of_both = {"number": number, "first": first}
                wrong.append(
                    gettext("Line %(number)s replaces the same words as line %(first)s.") % lines_of_both
                )
            entries.append(entry)
        if wrong:
            raise ValidationError(wrong[:_SHOWN_ERRORS])
        if len(entries) > MOST_REPLACEMENTS:
            raise ValidationError(too_many_lines(len(entries), MOST_REPLACEMENTS))
        return entries


class SnippetsField(forms.Field):
    """Snippets with empty lines between them, each such as "my address -> 12 Main Road", the text going on below."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value
        return "\n\n".join(f"{entry.heard} {ARROW} {entry.written}" for entry in value)

    def to_python(self, value: Any) -> list[Replacement]:
        entries: dict[str, Replacement] = {}
        wrong = []
        for number, block in enumerate(_blocks(value or ""), 1):
            name = gettext("Snippet %(number)s") % {"number": number}
            try:
                entry = read_snippet(block)
            except EntryError as error:
                wrong.append(error.of(name))
                continue
            if same_heard(entry) in entries:
                wrong.append(gettext("%(entry)s has the same words as one before it.") % {"entry": name})
            entries[same_heard(entry)] = entry
        if wrong:
            raise ValidationError(wrong[:_SHOWN_ERRORS])
        if len(entries) > MOST_SNIPPETS:
            raise ValidationError(gettext("You can have up to %(most)s snippets.") % {"most": MOST_SNIPPETS})
        return list(entries.values())


def _blocks(text: str) -> list[str]:
    """The snippets of a text: each begins with a line that has an arrow, behind an empty line."""
    blocks: list[list[str]] = []
    is_apart = True
    for line in NEW_LINE.split(text.replace("\t", " ")):
        if line.strip() and is_apart and (not blocks or has_arrow(line)):
            blocks.append([])
        is_apart = not line.strip()
        if blocks:
            blocks[-1].append(line)
    return ["\n".join(lines).strip() for lines in blocks]


class SettingsForm(ListeningForm):
    dictation_language = forms.ChoiceField(
        label=_("Language of new dictations"),
        required=False,
        choices=languages((LAST_LANGUAGE, _("Last one used in this browser")), ("", _("Detect language"))),
    )
    replacements = ReplacementsField(
        label=_("Text replacements"),
        required=False,
        help_text=_(
            "Spoken → written, one per line, such as “fifty percent -&gt; 50 %”. "
            "Whole words only; where the original is capitalised, so is the replacement. "
            "↵ stands for a line break, ¶ for a paragraph. "
            "The original stays in the version history."
        ),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocapitalize": "off"}),
    )
    snippets = SnippetsField(
        label=_("Snippets"),
        required=False,
        help_text=_(
            "Longer texts that a phrase stands for, such as “my address -&gt; 12 Main Road”. "
            "The text may go on in the next lines; put an empty line between two snippets."
        ),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocapitalize": "off"}),
    )
    commands = forms.BooleanField(
        label=_("Obey voice commands"),
        required=False,
        help_text=_(
            "Such as “comma” and “new paragraph”, or “scratch that” as a sentence of its own. "
            "In English and German."
        ),
    )
    summary_prompt = forms.CharField(
        label=_("Instructions for the language model"),
        required=False,
        max_length=LONGEST_PROMPT,
        help_text=_("For summaries of transcripts. If you empty the field, the usual instructions apply."),
        error_messages={"max_length": _("The instructions can have at most %(limit_value)d characters.")},
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    interface_language = forms.ChoiceField(label=_("Display language"), required=False)
    theme = forms.ChoiceField(label=_("Theme"), required=False, choices=Theme.choices)
    dots = forms.BooleanField(label=_("Underline words that may still change"), required=False)
    announce = forms.BooleanField(label=_("Announce new sentences to screen readers"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data, user=user)
        zone = user.time_zone or timezone.get_default_timezone_name()
        self.initial.update(
            dictation_language=user.dictation_language,
            replacements=user.wanted_replacements,
            snippets=user.wanted_snippets,
            commands=user.commands,
            summary_prompt=user.summary_prompt or str(USUAL_PROMPT),
            interface_language=user.interface_language,
            theme=user.theme,
            dots=user.dots,
            announce=user.announce,
            time_zone=zone,
        )
        self.fields["interface_language"].choices = [  # type: ignore[attr-defined]
            ("", _("Same as browser")),
            *interface_language.choices(),
        ]
        if only := only_language():
            # The choice of the account stays for the day when the server has another model.
            field = self.fields["dictation_language"]
            field.choices = [(user.dictation_language, language_name(only))]  # type: ignore[attr-defined]
            field.disabled = True
            field.help_text = gettext("The speech model of this server knows only %(only)s.") % {
                "only": language_name(only)
            }
        if not settings.LLM_BASE_URL:
            del self.fields["summary_prompt"]
        self.fields["time_zone"].choices = time_zones.choices(zone)  # type: ignore[attr-defined]

    def clean_summary_prompt(self) -> str:
        prompt: str = self.cleaned_data["summary_prompt"].replace("\r\n", "\n")
        return "" if prompt == str(USUAL_PROMPT) else prompt

    def wanted(self) -> dict[str, Any]:
        data = self.cleaned_data
        of_summaries = {"summary_prompt": data["summary_prompt"]} if "summary_prompt" in data else {}
        return (
            super().wanted()
            | of_summaries
            | {
                "dictation_language": data["dictation_language"],
                "replacements": stored(data["replacements"]),
                "snippets": stored(data["snippets"]),
                "commands": data["commands"],
                "interface_language": data["interface_language"],
                "theme": data["theme"],
                "dots": data["dots"],
                "announce": data["announce"],
                "time_zone": data["time_zone"] or self._user.time_zone,
            }
        )
