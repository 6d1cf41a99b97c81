"""What a transcript is called in the queue: its title, or else its first words."""

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from ...models import Review, Utterance
from ..titles import proposal, proposed_for


def with_first_lines(reviews: QuerySet[Review]) -> QuerySet[Review]:
    """Fetches what `name_of` needs along with the rows."""
    lines = Utterance.objects.with_text().filter(session=OuterRef("pk")).in_time()
    return reviews.annotate(first_line=Subquery(lines.values("text")[:1]))


def name_of(review: Review) -> str:
    session = review.session
    if session.title:
        return session.title
    if not hasattr(review, "first_line"):
        return proposed_for(session) or _("Untitled")
    line: str | None = review.first_line
    return proposal(line) or _("Untitled")
