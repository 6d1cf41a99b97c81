"""The form of a delivery: what its address says of the sound in its body."""

from django import forms
from django.utils.translation import gettext as _

from ...speech.types import TimeRange

LONGEST_MS = 60_000
"""The longest sound that is delivered at once; a page delivers longer sound in pieces."""
_LATEST_MS = 2**31 - 1


class DeliveryForm(forms.Form):
    """The id of a delivery, and where its sound is on the session's clock."""

    id = forms.UUIDField()
    start_ms = forms.IntegerField(min_value=0, max_value=_LATEST_MS)
    end_ms = forms.IntegerField(min_value=1, max_value=_LATEST_MS)

    def clean(self) -> None:
        values = self.cleaned_data
        if "start_ms" in values and "end_ms" in values:
            length = values["end_ms"] - values["start_ms"]
            if not 0 < length <= LONGEST_MS:
                raise forms.ValidationError(
                    _("Deliver up to %(seconds)s seconds of sound at once.") % {"seconds": LONGEST_MS // 1000}
                )

    @property
    def time_range(self) -> TimeRange:
        return TimeRange(self.cleaned_data["start_ms"], self.cleaned_data["end_ms"])
