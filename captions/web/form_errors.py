"""What is wrong with what was sent, in words."""

from django import forms


def first_error(form: forms.BaseForm) -> str:
    """The first thing to put right, as a sentence."""
    return next(str(error) for errors in form.errors.values() for error in errors)
