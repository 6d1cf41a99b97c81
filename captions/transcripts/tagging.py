"""Tags of sessions: words of one person's own, by which they find them again."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from ..core.errors import RefusedError
from ..models import LONGEST_TAG, MOST_TAGS, Session, Tag, User

if TYPE_CHECKING:
    from uuid import UUID


class TagError(RefusedError):
    """A tag that cannot be, as a sentence for the person; nothing has changed."""


def clean_name(text: str) -> str:
    """A tag as it is kept. Raises TagError."""
    name = " ".join(text.replace("\0", " ").encode("utf-8", "ignore").decode().split())
    if not name:
        raise TagError(_("Enter a tag first."))
    if len(name) > LONGEST_TAG:
        raise TagError(_("A tag can have at most %(most)s characters.") % {"most": LONGEST_TAG})
    return name


@transaction.atomic
def add(user: User, sessions: Iterable[Session], text: str) -> int:
    """Gives sessions of a person a tag; returns how many of them have it now that had not.

    Raises TagError where one of them has as many as there may be: then none gets it.
    """
    name = clean_name(text)
    # Locked, so that two requests at once do not give more than there may be.
    mine = user.sessions.filter(pk__in=[session.pk for session in sessions])
    ids = set(mine.select_for_update().order_by("pk").values_list("pk", flat=True))
    tag = _tag(user, name)
    ids -= set(tag.sessions.filter(pk__in=ids).values_list("pk", flat=True))
    _require_room(ids)
    # A key will do as well as a session.
    tag.sessions.add(*ids)  # type: ignore[arg-type]
    return len(ids)


@transaction.atomic
def remove(user: User, sessions: Iterable[Session], text: str) -> int:
    """Takes a tag from sessions; returns from how many. One that no session has any more is gone."""
    tag = user.tags.filter(name__iexact=clean_name(text)).first()
    if tag is None:
        return 0
    mine = tag.sessions.filter(user=user, pk__in=[session.pk for session in sessions])
    ids = list(mine.values_list("pk", flat=True))
    tag.sessions.remove(*ids)  # type: ignore[arg-type]
    if not tag.sessions.exists():
        tag.delete()
    return len(ids)


def _tag(user: User, name: str) -> Tag:
    known = user.tags.filter(name__iexact=name).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return Tag.objects.create(user=user, name=name)
    except IntegrityError:
        # Somebody else's request was quicker.
        return user.tags.get(name__iexact=name)


def _require_room(ids: "set[UUID]") -> None:
    full = Session.objects.filter(pk__in=ids).annotate(count=Count("tags")).filter(count__gte=MOST_TAGS)
    if full.exists():
        raise TagError(
            _("A transcript can have at most %(most)s tags. Remove one first.") % {"most": MOST_TAGS}
        )


def names(session: Session) -> list[str]:
    """The tags of a session in the order of the alphabet."""
    return list(session.tags.by_name().values_list("name", flat=True))
