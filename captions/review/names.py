"""The name of a transcript in the review queue: its title, or else its first words."""

from django.db.models import OuterRef, QuerySet, Subquery

from ..models import Review, Utterance
from ..transcripts.titles import called, proposal


def with_first_lines(reviews: QuerySet[Review]) -> QuerySet[Review]:
    """Annotates reviews with what `name_of` needs, so that it makes no query per row."""
    lines = Utterance.objects.with_text().filter(session=OuterRef("pk")).in_time()
    return reviews.annotate(first_line=Subquery(lines.values("text")[:1]))


def name_of(review: Review) -> str:
    session = review.session
    if session.title or not hasattr(review, "first_line"):
        return called(session)
    line: str | None = review.first_line
    return proposal(line) or str(session)
