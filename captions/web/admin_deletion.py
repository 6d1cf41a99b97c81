"""Summaries for the admin's deletion pages."""

from collections.abc import Sequence

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from ..models import Session, User

# What Django's confirmation page needs: objects to delete, counts by kind, missing permissions, protected objects.
Deletion = tuple[list[str], dict[str, int], set[str], list[str]]


def deletion(request: HttpRequest, users: Sequence[User], sessions: QuerySet[Session]) -> Deletion:
    """The deletion of users and sessions as counts; Django's own list would have every single utterance."""
    total = sessions.aggregate(sessions=Count("pk"), finals=Sum("last_seq"), words=Sum("word_count"))
    numbers = (len(users), total["sessions"], total["finals"] or 0, total["words"] or 0)
    kinds = (gettext("users"), gettext("transcripts"), gettext("sentences"), gettext("words"))
    texts = (
        ngettext("%(count)s user", "%(count)s users", numbers[0]),
        ngettext("%(count)s transcript", "%(count)s transcripts", numbers[1]),
        ngettext("%(count)s sentence", "%(count)s sentences", numbers[2]),
        ngettext("%(count)s word", "%(count)s words", numbers[3]),
    )
    names = [f"{user} ({user.email or user.username})" for user in users]
    missing = set() if request.user.has_perm("captions.delete_session") else {gettext("transcript")}
    parts = [
        text % {"count": intcomma(number)} for text, number in zip(texts, numbers, strict=True) if number
    ]
    counts = {kind: number for kind, number in zip(kinds, numbers, strict=True) if number}
    return [*names, *parts], counts, missing, []
