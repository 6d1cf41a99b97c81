"""Template tags and filters for form fields and for the pages of accounts."""

from allauth.account.adapter import get_adapter
from django import forms, template
from django.conf import settings
from django.contrib.auth.password_validation import MinimumLengthValidator, get_default_password_validators
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def plain(field: BoundField) -> SafeString:
    """The field's control without a placeholder, which would only repeat the label."""
    field.field.widget.attrs.pop("placeholder", None)
    return field.as_widget()


@register.filter
def is_check(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.simple_tag
def signup_is_open(request: HttpRequest) -> bool:
    return bool(get_adapter(request).is_open_for_signup(request))


@register.simple_tag
def sends_mail() -> bool:
    """Whether there is a mail server. Without one, the web process prints each mail instead of sending it."""
    return bool(settings.EMAIL_HOST)


@register.simple_tag
def confirms_addresses() -> bool:
    """Whether an address is confirmed with a link."""
    return bool(get_adapter().confirms_addresses)


@register.simple_tag
def password_rule() -> str:
    """The rule for new passwords, as one sentence."""
    lengths = [
        v.min_length for v in get_default_password_validators() if isinstance(v, MinimumLengthValidator)
    ]
    least = max(lengths, default=1)
    rule = _("At least %(least)s characters, not only digits, and not a common password.")
    return rule % {"least": least}
