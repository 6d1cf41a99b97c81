"""Search over everything that the account has said."""

from typing import Annotated, Any

from django.utils import timezone
from ninja import Field, Router

from ..transcripts import session_list
from ..transcripts.querying import MAX_QUERY
from . import schemas
from .frame import READS, TokenRequest
from .sessions import described

_PAGE = 20

router = Router(tags=["transcripts"])


@router.get(
    "",
    response={200: schemas.SearchOut, 400: schemas.ErrorOut, 503: schemas.ErrorOut},
    auth=READS,
    summary="Search in all transcripts",
)
def search(
    request: TokenRequest,
    q: Annotated[str, Field(min_length=1, max_length=MAX_QUERY)],
    page: Annotated[int, Field(ge=1, le=10_000)] = 1,
    exact: bool = False,
) -> dict[str, Any]:
    """The best matches first. A query is words that must all be there, "a phrase", -without, or one OR another.

    Mistyped words are corrected where nothing else is found, unless `exact`.
    """
    asked = {"q": q, **({"exact": "1"} if exact else {})}
    query = session_list.HistoryQuery.of(request.auth.user, asked)
    rows = session_list.SessionRows(request.auth.user, query, timezone.now(), _PAGE, str(page))
    count = rows.count()
    start = (page - 1) * _PAGE
    shown = rows[start : start + _PAGE] if start < count else []
    return {
        "searched": rows.search.text,
        "count": count,
        "items": [
            {
                "session": described(row),
                "hits": row.found.hits,
                "more": row.found.more,
                "speakers": list(row.found.speakers),
            }
            for row in shown
            if row.found is not None
        ],
    }
