"""How the history speaks of days and lengths."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format

from ..languages import language_name
from ..models import Session

register = template.Library()
register.filter("language_name", language_name)


@register.filter
def day(moment: datetime) -> str:
    """Tue 18 Nov; in another year 18 Nov 2023."""
    local = timezone.localtime(moment)
    return date_format(local, "D j M" if local.year == timezone.localtime().year else "j M Y")


@register.filter
def full_day(moment: datetime) -> str:
    """Tuesday 18 November; in another year with it."""
    local = timezone.localtime(moment)
    return date_format(local, "l j F" if local.year == timezone.localtime().year else "l j F Y")


@register.filter
def length(session: Session) -> str:
    """How long a session is: 39 s, 4 min, 1 h 12 min."""
    seconds = _seconds(session)
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


@register.filter
def exact_length(session: Session) -> str:
    """The same to the second: 39 s, 4 min 6 s, 1 h 12 min 5 s."""
    minutes, seconds = divmod(_seconds(session), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def _seconds(session: Session) -> int:
    return session.clock_now(timezone.now()) // 1000
