"""German says "du", also where Django and allauth speak."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from django import forms
from django.contrib.auth.password_validation import get_default_password_validators
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core import validators
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.functional import Promise

from tests import catalogs

# "Sie" that does not begin a sentence, and the impersonal way to ask.
_FORMAL = re.compile(
    r"(?<![.!?:„] )(?<!^)\b(Sie|Ihnen|Ihr(e[mnrs]?)?)\b|\b[Bb]itte (?!die Person)|\bIhr(e[mnrs]?)? [A-Z]"
)
# Of the forms here and in the administration.
FIELDS: tuple[Any, ...] = (
    forms.CharField,
    forms.ChoiceField,
    forms.DateField,
    forms.DateTimeField,
    forms.EmailField,
    forms.FloatField,
    forms.IntegerField,
    forms.JSONField,
    forms.ModelChoiceField,
    forms.ModelMultipleChoiceField,
    forms.MultipleChoiceField,
    forms.SplitDateTimeField,
    forms.TypedChoiceField,
    forms.UUIDField,
)
VALIDATORS: tuple[Any, ...] = (
    UnicodeUsernameValidator,
    validators.MaxValueValidator,
    validators.MinValueValidator,
)


@pytest.mark.parametrize("domain", catalogs.DOMAINS)
def test_the_catalog_speaks_to_a_friend(domain: str) -> None:
    found = [
        text
        for message in catalogs.read(catalogs.file_of("de", domain))
        if message.id
        for text in ([message.string] if isinstance(message.string, str) else message.string or ())
        if _FORMAL.search(text)
    ]
    assert found == []


def test_what_forms_refuse_is_said_to_a_friend() -> None:
    with translation.override("de"):
        found = [text for text in map(str, _refusals()) if _FORMAL.search(text)]
    assert found == []


def test_a_password_is_judged_in_the_same_tone() -> None:
    with translation.override("de"):
        for validator in get_default_password_validators():
            said = [validator.get_help_text()]
            try:
                validator.validate("1")
            except ValidationError as error:
                said += error.messages
            assert [text for text in said if _FORMAL.search(text)] == []


def _refusals() -> Iterator[str | Promise]:
    for field in FIELDS:
        for kind in field.__mro__:
            yield from vars(kind).get("default_error_messages", {}).values()
        yield from (validator.message for validator in field.default_validators)
    yield from (validator.message for validator in VALIDATORS)
    for adapter in (get_adapter(), get_mfa_adapter(), get_social_adapter()):
        yield from adapter.error_messages.values()
