"""Error messages of forms."""

from django import forms


def first_error(form: forms.BaseForm) -> str:
    """The first error message of an invalid form."""
    return next(str(error) for errors in form.errors.values() for error in errors)
