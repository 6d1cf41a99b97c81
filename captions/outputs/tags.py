"""The template tag for the outputs of a session on its page."""

from typing import Any

from django import template

from ..models import Session

register = template.Library()


@register.inclusion_tag("captions/outputs/_line.html")
def caption_outputs(session: Session) -> dict[str, Any]:
    """A line that says where the captions of a running session go, with the way to change that."""
    return {"session": session, "outputs": session.outputs.order_by("pk")}
