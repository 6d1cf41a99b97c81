"""One of everything that a person can have, for others to be kept away from."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from captions.audience import sharing
from captions.core.sealing import seal
from captions.models import (
    Archive,
    CaptionOutput,
    Note,
    Proposal,
    ProposalItem,
    Recording,
    Review,
    Scope,
    Session,
    SpokenAction,
    SpokenCall,
    Summary,
    Tag,
    Upload,
    User,
    WebhookDelivery,
    WebhookEndpoint,
)
from captions.models.upload import DONE
from captions.review import queue
from captions.tokens.issuing import issue
from captions.transcripts import editing, tagging, trash
from captions.transcripts.wording import Wording
from tests.factories import make_ended_session, make_session, make_user
from tests.review.support import doubt
from tests.storages import store_below
from tests.webhooks.support import add_delivery, make_webhook

SECRET = "The pelican is called Quentin."
"""What Maren said. Nobody else may read it anywhere."""
TITLE = "Maren's harbour"


@dataclass(frozen=True, slots=True)
class Things:
    user: User
    session: Session
    running: Session
    trashed: Session
    change: uuid.UUID | None
    note: Note
    share: Any
    key: str
    """That of the share link."""
    output: CaptionOutput
    tag: Tag
    upload: Upload
    token: Any
    token_text: str
    archive: Archive
    review: Review
    group: Group
    webhook: WebhookEndpoint
    delivery: WebhookDelivery
    action: SpokenAction


def make_things_below(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Things:
    """The same, with all files below a folder."""
    store_below(folder / "kept", "sound", Recording, monkeypatch)
    store_below(folder / "archives", "archives", Archive, monkeypatch)
    return make_things()


def make_things() -> Things:
    now = timezone.now()
    user = make_user("maren")
    session = make_ended_session(user, [SECRET, "It sits on the pier.", "And so on."], title=TITLE)
    Recording.objects.create(
        session=session, file=ContentFile(b"OggS", name="maren.opus"), duration_ms=6_000, size=4
    )
    doubt(session, 2, 1, 2)
    change = editing.replace_all(session, Wording("so on", "on and on"), user).change
    queue.tend(now)
    share, key = sharing.make(session, now=now)
    token, text = issue(user, name="hers", scopes=[*Scope], now=now)
    proposal = Proposal.objects.create(session=session, state="ready", due_at=None)
    Summary.objects.create(session=session, state="working", text=SECRET)
    ProposalItem.objects.create(proposal=proposal, number=1, start_ms=0, end_ms=1, parts=[])
    tagging.add(user, [session], "Hers")
    webhook, _ = make_webhook(user, events=["session.started"], with_text=True)
    SpokenCall.objects.create(
        session=session, seq=1, name="Hers", slots={"what": SECRET}, text=SECRET, confidence=0.9
    )
    trashed = make_ended_session(user, [SECRET], title=TITLE)
    trash.delete(user, [trashed.pk], now)
    return Things(
        user=user,
        session=session,
        running=make_session(user, [SECRET], gen=1),
        trashed=trashed,
        change=change,
        note=Note.objects.create(session=session, at_ms=0, text="Hers"),
        share=share,
        key=key,
        output=CaptionOutput.objects.create(
            session=session,
            kind="zoom",
            sealed=seal("https://wmcc.zoom.us/closedcaption?id=1"),
            host="zoom.us",
        ),
        tag=Tag.objects.get(user=user),
        upload=Upload.objects.create(user=user, name="hers.wav", size=10, received=5),
        token=token,
        token_text=text,
        archive=Archive.objects.create(
            user=user,
            attempts=1,
            finished_at=now,
            due_at=None,
            file=ContentFile(b"PK", name="maren.zip"),
            size=2,
        ),
        review=Review.objects.get(session=session),
        group=Group.objects.get(name="Reviewers"),
        webhook=webhook,
        delivery=add_delivery(webhook, session=str(session.pk), seq=1),
        action=SpokenAction.objects.create(
            user=user, place=1, name="Hers", template="open the gate", does="ask"
        ),
    )


def done_upload(things: Things) -> Upload:
    return Upload.objects.create(
        user=things.user, name="done.wav", size=1, state=DONE, session=things.trashed
    )


def meanings(things: Things) -> dict[str, Any]:
    """What the parameters of all routes mean: the pattern up to the end of each, and the value that is Maren's."""
    session = things.session.pk
    admin = {
        "account/emailaddress": 0,
        "auth/group": things.group.pk,
        "captions/access": 0,
        "captions/captionoutput": things.output.pk,
        "captions/review": session,
        "captions/session": session,
        "captions/user": things.user.pk,
        "captions/webhookendpoint": things.webhook.pk,
        "captions/utterance": things.session.utterances.get(seq=1).pk,
        "mfa/authenticator": 0,
        "socialaccount/socialaccount": 0,
        "socialaccount/socialapp": 0,
        "socialaccount/socialtoken": 0,
    }
    return {
        "sessions/<uuid:pk>": session,
        "sessions/tags/<int:pk>": things.tag.pk,
        "sessions/<uuid:pk>/changes/<uuid:change>": things.change,
        "sessions/<uuid:pk>/utterances/<int:seq>": 3,
        "sessions/<uuid:pk>/actions/<int:seq>": 1,
        "sessions/<uuid:pk>/outputs/<int:output>": things.output.pk,
        "sessions/<uuid:pk>/notes/<int:number>": things.note.pk,
        "sessions/<uuid:pk>/captions/<int:share>": things.share.pk,
        "sessions/<uuid:pk>/export.<str:name>": "txt",
        "captions/<uuid:pk>": session,
        "uploads/<uuid:pk>": things.upload.pk,
        "join/<str:key>": "x" * 22,
        "share/<uuid:pk>": uuid.UUID(int=1),
        "settings/tokens/<int:pk>": things.token.pk,
        "settings/actions/<int:pk>": things.action.pk,
        "settings/webhooks/<int:pk>": things.webhook.pk,
        "settings/webhooks/<int:pk>/deliveries/<uuid:delivery>": things.delivery.pk,
        "api/v1/sessions/<uuidstr:pk>": session,
        "api/v1/sessions/<uuidstr:pk>/export.<str:name>": "txt",
        "api/v1/sessions/<uuidstr:pk>/utterances/<int:seq>": 3,
        "api/v1/uploads/<uuidstr:pk>": things.upload.pk,
        "api/v1/webhooks/<int:pk>": things.webhook.pk,
        "api/v1/actions/<int:pk>": things.action.pk,
        "api/v1/webhooks/<int:pk>/deliveries/<uuidstr:delivery>": things.delivery.pk,
        "v1/models/<path:name>": "whisper-1",
        "v1/realtime/calls/<str:name>": f"rtc_{things.running.pk.hex}",
        "v1/<path:rest>": "chat/completions",
        "whip/<uuid:pk>": things.running.pk,
        "whip/sessions/<uuid:pk>": things.running.pk,
        "vosk/<path:rest>": "anything",
        "manifest.<slug:language>": "de",
        "catalog/<slug:language>": "de",
        "catalog/<slug:language>/<path:name>": "dictation",
        "catalog/<slug:language>/<path:name>.<slug:digest>": "0",
        "accounts/2fa/webauthn/keys/<int:pk>": 1,
        "accounts/confirm-email/(?P<key>[-:\\w]+)": "MQ:1",
        "accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)": "1",
        "accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)": "set-password",
        "accounts/oidc/(?P<provider_id>[^/]+)": "oidc",
        "admin/(?P<url>.*)": "nothing",
        "admin/(?P<app_label>auth|account|mfa|socialaccount|captions)": "captions",
        "admin/captions/user/<id>": things.user.pk,
        "admin/r/<path:content_type_id>": 1,
        "admin/r/<path:content_type_id>/<path:object_id>": 1,
        "admin/captions/review/<uuid:pk>": session,
        "admin/captions/review/<uuid:pk>/export.<str:name>": "txt",
        "admin/captions/review/<uuid:pk>/undo/<int:number>": 1,
        **{f"admin/{name}/<path:object_id>": key for name, key in admin.items()},
    }


def sent(things: Things) -> list[dict[str, Any]]:
    """Forms that name Maren's things by the names of all fields that name any."""
    form = {
        "session": [str(things.session.pk), str(things.running.pk), str(things.trashed.pk)],
        "pk": str(things.session.pk),
        "id": str(uuid.UUID(int=7)),
        "title": "Another's",
        "name": "Another's",
        "tag": "Another's",
        "add": "Another's",
        "text": "Another's words.",
        "sought": "pelican",
        "written": "Another's",
        "heard": "pelican",
        "word": "Another's",
        "version": "1",
        "wanted": "1",
        "at_ms": "1",
        "after_ms": "1",
        "kind": "note",
        "position": "3",
        "change": str(things.change),
        "number": "1",
        "item": "1",
        "items": "1",
        "decision": "accept",
        "track": "2",
        "favourite": "yes",
        "sure": "yes",
        "format": "txt",
        "start_ms": "0",
        "end_ms": "1000",
        "address": "https://wmcc.zoom.us/closedcaption?id=2&ns=1&expire=1&sparams=id&signature=x",
    }
    return [form, {**form, "everything": "yes", "remove": "Hers", "delete": "yes"}]


def rows(*, but: User | None = None) -> set[str]:
    """All rows of this product, as text, without those of an account."""
    with connection.cursor() as cursor:
        names = [
            name
            for name in connection.introspection.table_names(cursor)
            if name.startswith(("captions_", "account_", "mfa_", "auth_"))
        ]
        each = [f"SELECT '{name} ' || t::text FROM {connection.ops.quote_name(name)} t" for name in names]
        cursor.execute(" UNION ALL ".join(each))
        found = {text for (text,) in cursor.fetchall()}
    return {text for text in found if but is None or not text.startswith(f"captions_user ({but.pk},")}
