"""Records in the access log who has seen or heard whose words."""

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
    """Logs an access to each of `sessions` except the reader's own; call it before anything is shown.

    `details` has an optional text for each session, by its id.
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
    """Logs an access to statistics over the transcripts of all accounts."""
    Access.objects.create(
        reader=str(reader.pk),
        reader_name=reader.username,
        what=AccessKind.FIGURES,
        detail=detail,
        address=address,
        page=page[:200],
    )
