"""The form for a new share link."""

import re

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", re.IGNORECASE | re.ASCII)
_MOST_ORIGINS = 10


class ShareForm(forms.Form):
    partials = forms.BooleanField(
        label=gettext_lazy("Show words while they are spoken"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Otherwise a sentence appears once it is saved."),
    )
    frame_ancestors = forms.CharField(
        label=gettext_lazy("Websites that may embed it"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Their addresses, such as https://example.org. OBS needs none."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url", "spellcheck": "false"}),
    )

    def clean_frame_ancestors(self) -> list[str]:
        """The origins, once each."""
        origins = [
            each.rstrip("/") for each in re.split(r"[\s,]+", self.cleaned_data["frame_ancestors"]) if each
        ]
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise forms.ValidationError(
                    _("“%(address)s” is no address of a website, such as https://example.org.")
                    % {"address": origin}
                )
        if len(origins) > _MOST_ORIGINS:
            raise forms.ValidationError(_("At most %(count)s websites.") % {"count": _MOST_ORIGINS})
        return list(dict.fromkeys(origins))
