"""What people may say about their sessions."""

from typing import TYPE_CHECKING

from django import forms

from .languages import LANGUAGES
from .models import Session

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Session]
else:
    _ModelForm = forms.ModelForm

_TITLE_ERRORS = {"max_length": "A title may have %(limit_value)d characters at most."}


class SessionForm(_ModelForm):
    """A new session: a title, if any, and a language, if it is not to be detected."""

    language = forms.ChoiceField(
        required=False,
        choices=[("", "Any language"), *LANGUAGES.items()],
        error_messages={"invalid_choice": "The language %(value)s is not known here."},
    )

    class Meta:
        model = Session
        fields = ("title", "language")
        error_messages = {"title": _TITLE_ERRORS}


class RenameForm(_ModelForm):
    class Meta:
        model = Session
        fields = ("title",)
        error_messages = {"title": _TITLE_ERRORS}
        widgets = {
            "title": forms.TextInput(attrs={"class": "input", "autocomplete": "off", "spellcheck": "true"})
        }


def first_error(form: forms.BaseForm) -> str:
    """The first thing to put right, as a sentence."""
    return next(str(error) for errors in form.errors.values() for error in errors)
