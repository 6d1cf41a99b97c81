"""Forms for making and renaming a session."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from ...models import Session
from ...web.choices import languages

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Session]
else:
    _ModelForm = forms.ModelForm

_TITLE_ERRORS = {"max_length": _("A title can have at most %(limit_value)d characters.")}


class SessionForm(_ModelForm):
    """A new session: title (may be empty), language (empty: detected) and whether to keep its recording.

    Without `keep_sound`, the setting of the account counts.
    """

    language = forms.ChoiceField(
        required=False,
        choices=languages(("", _("Detect language"))),
        error_messages={"invalid_choice": _("The language %(value)s is not supported.")},
    )
    keep_sound = forms.NullBooleanField(required=False)

    class Meta:
        model = Session
        fields = ("title", "language")
        error_messages = {"title": _TITLE_ERRORS}

    def clean_keep_sound(self) -> bool:
        return self.instance.user.keeps_sound(self.cleaned_data["keep_sound"])

    def save(self, commit: bool = True) -> Session:
        self.instance.keep_sound = self.cleaned_data["keep_sound"]
        session: Session = super().save(commit)
        return session


class RenameForm(_ModelForm):
    class Meta:
        model = Session
        fields = ("title",)
        error_messages = {"title": _TITLE_ERRORS}
        widgets = {
            "title": forms.TextInput(attrs={"class": "input", "autocomplete": "off", "spellcheck": "true"})
        }
