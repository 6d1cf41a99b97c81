"""Forms that validate the requests that edit a transcript."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...models import LONGEST_NOTE, NoteKind
from ..wording import LONGEST

# More than a sentence may have (`changes.LONGEST_TEXT`): white space is removed later, and what is still too long is
# refused then, with a better message.
_MOST = 20_000


def _text(**options: Any) -> forms.CharField:
    return forms.CharField(
        max_length=_MOST,
        strip=False,
        error_messages={"max_length": _("This text is longer than %(limit_value)d characters.")},
        **options,
    )


def _version(**options: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=0, max_value=2**31 - 1, **options)


class EditForm(forms.Form):
    text = _text(required=False)
    version = _version()
    sitting = forms.UUIDField(required=False)


class SplitForm(forms.Form):
    first = _text(required=False)
    second = _text(required=False)
    version = _version()


class JoinForm(forms.Form):
    version = _version()
    next_seq = _version(required=False)
    next_version = _version(required=False)


class VersionForm(forms.Form):
    version = _version()


class SpeakerForm(VersionForm):
    """A speaker's number; without one, somebody new."""

    speaker = forms.IntegerField(min_value=0, max_value=2**15 - 1, required=False)


class RestoreForm(forms.Form):
    wanted = _version()
    version = _version()


class ChangeForm(forms.Form):
    """The id of a change of a session; without one, the transcript as it was recognised."""

    change = forms.UUIDField(required=False)


class ReplaceForm(forms.Form):
    sought = forms.CharField(
        max_length=LONGEST,
        error_messages={
            "required": _("Enter what to find."),
            "max_length": _("The search text can have at most %(limit_value)d characters."),
        },
    )
    written = forms.CharField(
        max_length=LONGEST,
        required=False,
        error_messages={"max_length": _("The replacement can have at most %(limit_value)d characters.")},
    )
    match_case = forms.BooleanField(required=False)
    whole_words = forms.BooleanField(required=False)


class WordForm(forms.Form):
    word = forms.CharField(max_length=LONGEST)


class InsteadForm(forms.Form):
    heard = forms.CharField(max_length=LONGEST)
    written = forms.CharField(max_length=LONGEST)


class NoteForm(forms.Form):
    text = forms.CharField(
        max_length=LONGEST_NOTE,
        error_messages={
            "required": _("Enter some text first."),
            "max_length": _("A note can have at most %(limit_value)d characters."),
        },
    )


class NewNoteForm(NoteForm):
    at_ms = forms.IntegerField(min_value=0, max_value=2**53)
    kind = forms.ChoiceField(choices=NoteKind)


class NoteChangeForm(NoteForm):
    version = _version()
