"""The form for a new API token."""

from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from ...models import LONGEST_TOKEN_NAME, Scope

_LIVES = {
    "7": _("In 7 days"),
    "30": _("In 30 days"),
    "90": _("In 90 days"),
    "365": _("In a year"),
    "": _("Never"),
}


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_TOKEN_NAME,
        help_text=_("Where you will use it, such as “OBS on the laptop”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("A program with this token may"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what the program may do.")},
    )
    days = forms.ChoiceField(label=_("Expires"), choices=list(_LIVES.items()), initial="90", required=False)
    keep_history = forms.BooleanField(
        label=_("Keep what it sends in my history"),
        required=False,
        help_text=_(
            "Otherwise a program gets its text, and nothing is kept here. "
            "Dictations of OBS and FFmpeg are always kept."
        ),
    )

    def expires_at(self, now: datetime) -> datetime | None:
        """When the token expires that is made `now`; None for never."""
        days = self.cleaned_data["days"]
        return now + timedelta(days=int(days)) if days else None
