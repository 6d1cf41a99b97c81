import re

import pytest
from django.test import Client
from django.utils import timezone

from captions.audience import keys, sharing
from captions.models import MOST_SHARES, Session, Share, User
from tests.factories import make_session, make_user


@pytest.fixture
def session(user: User) -> Session:
    return make_session(user, ["One."], gen=1)


def test_only_the_digest_is_stored(session: Session) -> None:
    share, key = sharing.make(session, now=timezone.now())
    assert re.fullmatch("[0-9A-Za-z]{22}", key)
    assert bytes(share.digest) == keys.digest(key)
    assert key not in repr(Share.objects.values().get())
    assert key.startswith(share.shown)
    assert len(share.shown) == 4


def test_a_session_has_a_number_of_links(session: Session) -> None:
    made = [sharing.make(session, now=timezone.now())[0] for _ in range(MOST_SHARES)]
    with pytest.raises(sharing.TooManySharesError, match="20 links"):
        sharing.make(session, now=timezone.now())
    sharing.revoke(made[0], timezone.now())
    sharing.make(session, now=timezone.now())


def test_a_link_is_made_and_shown_once(session: Session, visitor: Client) -> None:
    path = f"/sessions/{session.pk}/captions/"
    assert visitor.get(path).status_code == 200
    made = visitor.post(
        path, {"partials": "on", "frame_ancestors": "https://example.org/, https://a.example"}
    )
    html = made.content.decode()
    link = re.search(r'<code id="link">http://testserver(/captions/[^<]*)</code>', html)
    assert link
    assert f"{link[1]}&amp;background=00000000</code>" in html
    assert Client().get(link[1]).status_code == 200
    share = Share.objects.get()
    assert (share.partials, share.frame_ancestors) == (True, "https://example.org https://a.example")
    key = link[1].partition("key=")[2]
    again = visitor.get(path).content.decode()
    assert key not in again
    assert f"{share.shown}…" in again


@pytest.mark.parametrize(
    "sites",
    [
        "https://example.org/path",
        "example.org",
        "*",
        "javascript:alert(1)",
        "https://example.org; script-src *",
        "https://'self'",
        " ".join(f"https://{n}.example" for n in range(11)),
    ],
)
def test_only_websites_can_embed_it(sites: str, session: Session, visitor: Client) -> None:
    refused = visitor.post(f"/sessions/{session.pk}/captions/", {"frame_ancestors": sites})
    assert refused.status_code == 400
    assert not Share.objects.exists()


def test_a_link_is_revoked(session: Session, visitor: Client) -> None:
    share, key = sharing.make(session, now=timezone.now())
    path = f"/sessions/{session.pk}/captions/{share.pk}/revoke/"
    assert visitor.get(path).status_code == 405
    page = visitor.post(path, follow=True)
    assert "The link was revoked." in page.content.decode()
    assert f"{share.shown}…" not in page.content.decode()
    assert visitor.post(path).status_code == 404
    assert Client().get(f"/captions/{session.pk}/?key={key}").status_code == 403


def test_links_belong_to_the_person_of_the_session(session: Session, db: None) -> None:
    share, _key = sharing.make(session, now=timezone.now())
    stranger = Client()
    stranger.force_login(make_user("jo"))
    path = f"/sessions/{session.pk}/captions/"
    for answer in (stranger.get(path), stranger.post(path), stranger.post(f"{path}{share.pk}/revoke/")):
        assert answer.status_code == 404
    own = make_session(User.objects.get(username="jo"))
    assert stranger.post(f"/sessions/{own.pk}/captions/{share.pk}/revoke/").status_code == 404
    assert Client().get(path).status_code == 302
    assert Share.objects.get().revoked_at is None


def test_the_running_dictation_is_found(session: Session, visitor: Client) -> None:
    assert visitor.get("/captions/running/")["Location"] == f"/sessions/{session.pk}/captions/"
    session.end(timezone.now())
    assert visitor.get("/captions/running/")["Location"] == "/sessions/"
    assert Client().get("/captions/running/").status_code == 302
