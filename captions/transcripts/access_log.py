"""Writing down who has seen the words of whom."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from ..models import Access, AccessKind, Session, User


def log_access(
    reader: User,
    what: AccessKind,
    sessions: Iterable[Session],
    *,
    details: Mapping[UUID, str] | None = None,
    address: str | None = None,
    page: str = "",
) -> None:
    """Has it written down, before anything is shown; `details` are of sessions.

    Whoever looks at their own words needs no witness.
    """
    Access.objects.bulk_create(
        [
            Access(
                reader=str(reader.pk),
                reader_name=reader.username,
                owner=str(session.user_id),
                session=str(session.pk),
                what=what,
                detail=(details or {}).get(session.pk, ""),
                address=address,
                page=page[:200],
            )
            for session in sessions
            if session.user_id != reader.pk
        ]
    )


def looked_at_figures(reader: User, *, detail: str, address: str | None = None, page: str = "") -> None:
    """The same for figures made of everybody's words."""
    Access.objects.create(
        reader=str(reader.pk),
        reader_name=reader.username,
        what=AccessKind.FIGURES,
        detail=detail,
        address=address,
        page=page[:200],
    )
