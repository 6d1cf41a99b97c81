"""The template tags for the summary on the page of a transcript."""

from django import template

from ..models import Session
from .service import configured
from .showing import Shown, shown

register = template.Library()


@register.simple_tag
def has_summaries() -> bool:
    """Whether this server can have transcripts summarised."""
    return configured() is not None


@register.simple_tag
def summary_of(session: Session) -> Shown | None:
    return shown(session)
