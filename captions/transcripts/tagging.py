"""Adds tags to a user's sessions and removes them."""

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
    """A tag is refused, and nothing has changed. The message is a translated sentence for the user."""


def clean_name(text: str) -> str:
    """The name of a tag as it is stored: single spaces, no NUL. Raises TagError if it is empty or too long."""
    name = " ".join(text.replace("\0", " ").encode("utf-8", "ignore").decode().split())
    if not name:
        raise TagError(_("Enter a tag first."))
    if len(name) > LONGEST_TAG:
        raise TagError(_("A tag can have at most %(most)s characters.") % {"most": LONGEST_TAG})
    return name


@transaction.atomic
def add(user: User, sessions: Iterable[Session], text: str) -> int:
    """Adds a tag to sessions of a user; returns how many of them did not have it before.

    Raises TagError if one of them already has MOST_TAGS; then none gets it.
    """
    name = clean_name(text)
    # Locked, so that two requests at once cannot exceed MOST_TAGS.
    mine = user.sessions.filter(pk__in=[session.pk for session in sessions])
    ids = set(mine.select_for_update().order_by("pk").values_list("pk", flat=True))
    tag = _tag(user, name)
    ids -= set(tag.sessions.filter(pk__in=ids).values_list("pk", flat=True))
    _require_room(ids)
    # `add` accepts keys as well as sessions, but its type does not say so.
    tag.sessions.add(*ids)  # type: ignore[arg-type]
    return len(ids)


@transaction.atomic
def remove(user: User, sessions: Iterable[Session], text: str) -> int:
    """Removes a tag from sessions; returns from how many. A tag that no session has any more is deleted."""
    tag = user.tags.filter(name__iexact=clean_name(text)).first()
    if tag is None:
        return 0
    mine = tag.sessions.filter(user=user, pk__in=[session.pk for session in sessions])
    ids = list(mine.values_list("pk", flat=True))
    tag.sessions.remove(*ids)  # type: ignore[arg-type]
    # A transcript in the trash keeps its tags, for when it is restored.
    if not Session.all_objects.filter(tags=tag).exists():
        tag.delete()
    return len(ids)


@transaction.atomic
def rename(user: User, pk: int, text: str) -> Tag:
    """Renames a tag. Raises TagError if another one has the name, Tag.DoesNotExist."""
    name = clean_name(text)
    tag: Tag = user.tags.select_for_update().get(pk=pk)
    if user.tags.exclude(pk=pk).filter(name__iexact=name).exists():
        raise TagError(_("There is already a tag “%(tag)s”.") % {"tag": name})
    tag.name = name
    tag.save(update_fields=["name"])
    return tag


def _tag(user: User, name: str) -> Tag:
    known = user.tags.filter(name__iexact=name).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return Tag.objects.create(user=user, name=name)
    except IntegrityError:
        # Another request has created the tag meanwhile.
        return user.tags.get(name__iexact=name)


def _require_room(ids: "set[UUID]") -> None:
    full = Session.objects.filter(pk__in=ids).annotate(count=Count("tags")).filter(count__gte=MOST_TAGS)
    if full.exists():
        raise TagError(
            _("A transcript can have at most %(most)s tags. Remove one first.") % {"most": MOST_TAGS}
        )


def names(session: Session) -> list[str]:
    """The names of a session's tags, sorted."""
    return list(session.tags.by_name().values_list("name", flat=True))
