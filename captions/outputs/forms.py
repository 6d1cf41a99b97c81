"""The form for an address to which captions are sent."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ..core.addresses import LONGEST_ADDRESS
from . import addresses


class OutputForm(forms.Form):
    """`cleaned_data["address"]` is an `addresses.Address`."""

    address = forms.CharField(
        label=_("Address for captions"),
        help_text=_("As YouTube or Zoom shows it. It is kept like a password, and not shown again."),
        error_messages={
            "required": _("Paste the whole address, as YouTube or Zoom shows it. It begins with https://.")
        },
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "inputmode": "url",
                "maxlength": LONGEST_ADDRESS,
            }
        ),
    )

    def clean_address(self) -> addresses.Address:
        try:
            return addresses.read(self.cleaned_data["address"], settings.CAPTION_OUTPUT_HOSTS)
        except addresses.AddressError as error:
            raise forms.ValidationError(str(error)) from error
