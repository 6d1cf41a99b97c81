"""What pages show of a summary."""

from dataclasses import dataclass

from ..models import Session, Summary
from .layout import Layout, laid_out
from .service import configured


@dataclass(frozen=True, slots=True)
class Shown:
    row: Summary
    layout: Layout


def shown(session: Session) -> Shown | None:
    """The summary of a session; None if there is none, and while the server has no service for summaries."""
    summary = Summary.objects.filter(session=session).first() if configured() else None
    return Shown(summary, laid_out(summary.text)) if summary else None
