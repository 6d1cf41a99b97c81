"""Adds tags to a user's sessions and removes them."""

import re
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from ..core.errors import RefusedError
from ..models import LONGEST_TAG, MOST_TAGS, Session, Tag, User

# Also those of Arabic, and of Chinese and Japanese.
_COMMAS = re.compile("[,،、，]")


class TagError(RefusedError):
    """A tag is refused, and nothing has changed. The message is a translated sentence for the user."""


def clean_name(text: str) -> str:
    """The name of a tag as it is stored: single spaces, no NUL. Raises TagError if it is empty, too long or several."""
    names = clean_names(text)
    if len(names) > 1:
        raise TagError(_("A tag has no comma in its name."))
    return names[0]


def clean_names(text: str) -> list[str]:
    """The names of the tags that commas separate, each once, at most MOST_TAGS. Raises TagError."""
    names: dict[str, str] = {}
    for name in filter(None, map(_plain, _COMMAS.split(text))):
        names.setdefault(name.casefold(), name)
    if not names:
        raise TagError(_("Enter a tag first."))
    if len(names) > MOST_TAGS:
        raise TagError(_("A transcript can have at most %(most)s tags.") % {"most": MOST_TAGS})
    if max(map(len, names.values())) > LONGEST_TAG:
        raise TagError(_("A tag can have at most %(most)s characters.") % {"most": LONGEST_TAG})
    return list(names.values())


@transaction.atomic
def add(user: User, sessions: Iterable[Session], text: str) -> int:
    """Adds the tags that commas separate to sessions of a user; returns how many of these did not have all before.

    Raises TagError if one of them would get more than MOST_TAGS; then none gets any.
    """
    names = clean_names(text)
    _lock(user)
    # Locked, so that two requests at once cannot exceed MOST_TAGS.
    mine = user.sessions.filter(pk__in=[session.pk for session in sessions])
    ids = set(mine.select_for_update().order_by("pk").values_list("pk", flat=True))
    changed: set[UUID] = set()
    for name in names:
        tag = _tag(user, name)
        lacking = ids - set(tag.sessions.filter(pk__in=ids).values_list("pk", flat=True))
        _require_room(lacking)
        # `add` accepts keys as well as sessions, but its type does not say so.
        tag.sessions.add(*lacking)  # type: ignore[arg-type]
        changed |= lacking
    return len(changed)


@transaction.atomic
def remove(user: User, sessions: Iterable[Session], text: str) -> int:
    """Removes the tags that commas separate; returns from how many sessions. A tag without any more is deleted."""
    _lock(user)
    pks = [session.pk for session in sessions]
    changed: set[UUID] = set()
    for tag in _known(user, text):
        ids = list(tag.sessions.filter(user=user, pk__in=pks).values_list("pk", flat=True))
        tag.sessions.remove(*ids)  # type: ignore[arg-type]
        changed.update(ids)
        # A transcript in the trash keeps its tags, for when it is restored.
        if not Session.all_objects.filter(tags=tag).exists():
            tag.delete()
    return len(changed)


@transaction.atomic
def rename(user: User, pk: int, text: str) -> Tag:
    """Renames a tag. Raises TagError if another one has the name, Tag.DoesNotExist."""
    name = clean_name(text)
    _lock(user)
    tag: Tag = user.tags.get(pk=pk)
    if user.tags.exclude(pk=pk).filter(name__iexact=name).exists():
        raise TagError(_("There is already a tag “%(tag)s”.") % {"tag": name})
    tag.name = name
    tag.save(update_fields=["name"])
    return tag


def _lock(user: User) -> None:
    """One change of a user's tags at a time: what one of them finds there is still there when it writes.

    Rows that refer to the user can be added meanwhile.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _plain(text: str) -> str:
    return " ".join(text.replace("\0", " ").encode("utf-8", "ignore").decode().split())


def _known(user: User, text: str) -> list[Tag]:
    """The tags of the user that a text names. Raises TagError."""
    # Some may have a comma in their name from a time when that was possible.
    if whole := user.tags.filter(name__iexact=_plain(text)).first():
        return [whole]
    found = (user.tags.filter(name__iexact=name).first() for name in clean_names(text))
    return [tag for tag in found if tag is not None]


def _tag(user: User, name: str) -> Tag:
    return user.tags.filter(name__iexact=name).first() or Tag.objects.create(user=user, name=name)


def _require_room(ids: set[UUID]) -> None:
    full = Session.objects.filter(pk__in=ids).annotate(count=Count("tags")).filter(count__gte=MOST_TAGS)
    if full.exists():
        raise TagError(
            _("A transcript can have at most %(most)s tags. Remove one first.") % {"most": MOST_TAGS}
        )


def names(session: Session) -> list[str]:
    """The names of a session's tags, sorted."""
    return list(session.tags.by_name().values_list("name", flat=True))
