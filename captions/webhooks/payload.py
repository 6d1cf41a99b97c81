"""The body of a post: what was noted of an event, with what is known of it now.

A transcript is read only when it is sent, so nothing goes out any more of one that was deleted meanwhile.
"""

import json
from datetime import UTC
from typing import Any

from django.conf import settings
from django.urls import get_script_prefix

from ..models import Session, Upload, Utterance, WebhookDelivery


def body(delivery: WebhookDelivery) -> bytes:
    """As JSON; with words, titles and names only if the owner of the endpoint wants that."""
    content = {
        "type": delivery.event,
        "timestamp": delivery.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": _data(delivery.data, with_text=delivery.endpoint.with_text),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _data(noted: dict[str, Any], *, with_text: bool) -> dict[str, Any]:
    data = {name: value for name, value in noted.items() if name != "seqs"}
    if upload := noted.get("upload"):
        data |= _upload(upload, with_text)
    session = Session.objects.filter(pk=noted["session"]).first() if "session" in noted else None
    if session is None:
        return data
    data["url"] = _page(session)
    if with_text:
        data["title"] = session.title
    if "utterance" in noted:
        data |= _call(session, noted["seq"]) if with_text else {}
    elif "seq" in noted:
        data |= next(iter(_utterances(session, [noted["seq"]], with_text)), {})
    if "seqs" in noted:
        data["utterances"] = _utterances(session, noted["seqs"], with_text)
    return data


def _page(session: Session) -> str:
    # Not reversed: that would load all pages into a process that has none.
    origin = next(iter(settings.ALLOWED_ORIGINS), "")
    return f"{origin}{get_script_prefix()}sessions/{session.pk}/"


def _utterances(session: Session, seqs: list[int], with_text: bool) -> list[dict[str, Any]]:
    rows = session.utterances.filter(seq__in=seqs).order_by("seq")
    return [_utterance(row, with_text) for row in rows]


def _utterance(row: Utterance, with_text: bool) -> dict[str, Any]:
    return {
        "seq": row.seq,
        "version": row.version,
        "start_ms": row.start_ms,
        "end_ms": row.end_ms,
        "language": row.language,
        **({"text": row.text} if with_text else {}),
    }


def _call(session: Session, seq: int) -> dict[str, Any]:
    """The words of an action that was spoken, as they were heard."""
    call = session.spoken_calls.filter(seq=seq).first()
    return {"slots": call.slots, "text": call.text} if call else {}


def _upload(pk: str, with_text: bool) -> dict[str, Any]:
    row = Upload.objects.filter(pk=pk).first() if with_text else None
    return {"name": row.name} if row else {}
