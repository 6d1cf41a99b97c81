"""The form for an endpoint."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..core.addresses import LONGEST_ADDRESS
from ..core.sealing import SealError
from ..models import LONGEST_WEBHOOK_NAME, WebhookEndpoint, WebhookEvent
from . import addresses
from .changing import Wanted, private_allowed


class WebhookForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_WEBHOOK_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    address = forms.CharField(
        label=_("Address"),
        error_messages={"required": _("Enter the whole address. It begins with https://.")},
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
    events = forms.MultipleChoiceField(
        label=_("It is told when"),
        choices=WebhookEvent.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what it is told of.")},
    )
    with_text = forms.BooleanField(
        label=_("Send words, titles and names of files along"),
        required=False,
        help_text=_("Otherwise only numbers, times and a link to the transcript are sent."),
    )

    def clean_address(self) -> addresses.Address:
        try:
            return addresses.read(self.cleaned_data["address"], private=private_allowed())
        except addresses.AddressError as error:
            raise forms.ValidationError(str(error)) from error

    def wanted(self) -> Wanted:
        """What a valid form says."""
        return Wanted(**self.cleaned_data)


class ChangeForm(WebhookForm):
    """The form of an endpoint that there is."""

    is_on = forms.BooleanField(label=_("Switched on"), required=False)

    @classmethod
    def of(cls, endpoint: WebhookEndpoint, data: Any = None) -> "ChangeForm":
        return cls(data, initial=values_of(endpoint))


def values_of(endpoint: WebhookEndpoint) -> dict[str, Any]:
    try:
        address = endpoint.address
    except SealError:
        address = ""
    return {
        "name": endpoint.name,
        "address": address,
        "events": endpoint.events,
        "with_text": endpoint.with_text,
        "is_on": endpoint.is_on,
    }
