"""What a request may decide about what a second pass proposes."""

from django import forms

DECISIONS = ("accept", "keep", "reopen", "accept-all", "keep-all", "reopen-all", "cancel", "close")


class DecisionForm(forms.Form):
    """`number` says of which item; `change` what to take back of all that was accepted at once."""

    decision = forms.ChoiceField(choices=[(name, name) for name in DECISIONS])
    number = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    change = forms.UUIDField(required=False)
