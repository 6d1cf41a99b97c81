"""What a deletion takes along, in numbers."""

from collections.abc import Sequence

from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest

from ..models import Session, User

# What Django's confirmation page is told: sentences, a count by kind, missing permissions, what stands in the way.
Deletion = tuple[list[str], dict[str, int], set[str], list[str]]


def deletion(request: HttpRequest, users: Sequence[User], sessions: QuerySet[Session]) -> Deletion:
    """What goes with users and sessions, in numbers: the sentences of a year would be no help on one page."""
    total = sessions.aggregate(sessions=Count("pk"), finals=Sum("last_seq"), words=Sum("word_count"))
    counts = {
        "users": len(users),
        "sessions": total["sessions"],
        "utterances": total["finals"] or 0,
        "words": total["words"] or 0,
    }
    counts = {kind: count for kind, count in counts.items() if count}
    names = [f"{user} ({user.email or user.username})" for user in users]
    missing = set() if request.user.has_perm("captions.delete_session") else {"session"}
    parts = [f"{count:,} {kind if count > 1 else kind.removesuffix('s')}" for kind, count in counts.items()]
    return [*names, *parts], counts, missing, []
