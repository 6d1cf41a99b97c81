"""The form that announces an upload."""

from pathlib import PurePosixPath

from django import forms
from django.utils.translation import gettext_lazy as _

from ..core.characters import cut
from ..core.invisible import without_invisible
from ..models import User
from ..web.choices import languages
from .receiving import Announced

_LONGEST_NAME = 200
_LONGEST_ENDING = 12
# The largest number that JavaScript represents exactly.
_MOST = 2**53


class TrackForm(forms.Form):
    """The choice of another audio track."""

    track = forms.IntegerField(
        min_value=1,
        max_value=1000,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("A track is chosen by its number.")
        ),
    )


class UploadForm(forms.Form):
    """A file as the browser describes it. Without `keep_sound`, the setting of the account counts."""

    name = forms.CharField(max_length=4096, error_messages={"required": _("A file needs a name.")})
    size = forms.IntegerField(
        min_value=0,
        max_value=_MOST,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("A file needs a size in bytes.")
        ),
    )
    modified = forms.IntegerField(required=False, min_value=0, max_value=_MOST)
    language = forms.ChoiceField(
        required=False,
        choices=languages(("", _("Detect language"))),
        error_messages={"invalid_choice": _("The language %(value)s is not supported.")},
    )
    keep_sound = forms.NullBooleanField(required=False)
    tell_speakers = forms.BooleanField(required=False)

    def clean_name(self) -> str:
        """The file's name without folders and invisible characters; a long one is shortened before its extension."""
        shown = without_invisible(self.cleaned_data["name"])
        name = " ".join(PurePosixPath(shown.replace("\\", "/")).name.split())
        if not name.strip("."):
            return "file"
        if len(name) <= _LONGEST_NAME:
            return name
        ending = cut(PurePosixPath(name).suffix, _LONGEST_ENDING)
        return cut(name, _LONGEST_NAME - len(ending)) + ending

    def announced(self, user: User) -> Announced:
        """The file that a valid form announces."""
        return Announced(
            name=self.cleaned_data["name"],
            size=self.cleaned_data["size"],
            modified=self.cleaned_data["modified"] or 0,
            language=self.cleaned_data["language"],
            keep_sound=user.keeps_sound(self.cleaned_data["keep_sound"]),
            tell_speakers=self.cleaned_data["tell_speakers"],
        )
