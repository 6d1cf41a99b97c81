"""The form for a decision on a proposal."""

from django import forms

DECISIONS = ("accept", "keep", "reopen", "accept-all", "keep-all", "reopen-all", "cancel", "close")


class DecisionForm(forms.Form):
    """A decision; `number` is the item's, `change` the id of the change that "reopen-all" undoes."""

    decision = forms.ChoiceField(choices=[(name, name) for name in DECISIONS])
    number = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    change = forms.UUIDField(required=False)
