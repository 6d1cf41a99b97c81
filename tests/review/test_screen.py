import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from captions.models import Access, Recording, Review, ReviewState, Session, User
from captions.models.recording import sound_storage
from captions.review import queue
from tests.factories import make_ended_session, make_user
from tests.recordings.conftest import sound
from tests.review.support import make_review, make_reviewer

__all__ = ["sound"]

pytestmark = pytest.mark.django_db

QUEUE = reverse("admin:captions_review_changelist")
NEXT = reverse("admin:captions_review_next")
FIGURES = reverse("admin:captions_review_figures")
SESSIONS = reverse("admin:captions_session_changelist")
UTTERANCES = reverse("admin:captions_utterance_changelist")
TEXTS = ["The trust will see the rivet mint drawings.", "The rivet mint was green."]


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def priya() -> User:
    return make_reviewer("priya")


@pytest.fixture
def reviewer(priya: User) -> Client:
    return client_of(priya)


@pytest.fixture
def review() -> Review:
    return make_review(TEXTS, [(1, 5, 6), (2, 1, 2)], user=make_user("tomas"))


def url(name: str, review: Review, *args: object) -> str:
    return reverse(f"admin:captions_review_{name}", args=[review.pk, *args])


def looks() -> list[tuple[str, str]]:
    return list(Access.objects.order_by("pk").values_list("what", "detail"))


def everything(review: Review) -> list[tuple[str, str]]:
    """Every address of the review and how it is asked for."""
    return [
        ("get", QUEUE),
        ("get", f"{QUEUE}?state=all&q=Harbour"),
        ("get", FIGURES),
        ("post", NEXT),
        ("get", url("screen", review)),
        ("get", url("sound", review)),
        ("get", f"{url('outline', review)}?from=0&to=5000"),
        *(("get", url("export", review, name)) for name in ("srt", "txt", "json", "docx")),
        *(("post", url(name, review)) for name in ("take", "leave", "keep", "correct", "decide")),
        ("post", url("undo", review, 1)),
        ("get", reverse("admin:captions_review_change", args=[review.pk])),
        ("get", reverse("admin:captions_review_history", args=[review.pk])),
    ]


def test_whoever_is_no_reviewer_gets_nowhere(review: Review) -> None:
    staff = client_of(make_user(is_staff=True))
    others = (Client(), client_of(make_user()), client_of(review.session.user))
    for method, address in everything(review):
        assert getattr(staff, method)(address).status_code == 403, address
        for client in others:
            answer = getattr(client, method)(address)
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("admin:login")), (
                address
            )
    review.refresh_from_db()
    assert review.state == ReviewState.WAITING
    assert not Access.objects.exists()


def test_staff_with_every_other_permission_see_nothing_that_was_said(review: Review) -> None:
    staff = make_user(is_staff=True)
    staff.user_permissions.set(Permission.objects.exclude(codename="review_sessions"))
    client = client_of(staff)
    row = review.session.utterances.first()
    assert row
    for address in (
        SESSIONS,
        UTTERANCES,
        f"{SESSIONS}?q=rivet",
        reverse("admin:captions_session_change", args=[review.pk]),
        reverse("admin:captions_session_delete", args=[review.pk]),
        reverse("admin:captions_session_history", args=[review.pk]),
        reverse("admin:captions_utterance_change", args=[row.pk]),
    ):
        assert client.get(address).status_code == 403, address
    for address in (reverse("admin:index"), reverse("admin:captions_user_changelist")):
        html = client.get(address).content.decode()
        assert "Harbour" not in html
        assert UTTERANCES not in html
    page = client.get(reverse("admin:captions_user_delete", args=[review.session.user_id]))
    assert page.status_code == 200
    assert "Harbour" not in page.content.decode()


def test_nobody_makes_themselves_a_reviewer(priya: User) -> None:
    staff = make_user("staff", is_staff=True)
    staff.user_permissions.set(Permission.objects.exclude(codename="review_sessions"))
    boss = make_user("boss", is_staff=True, is_superuser=True)
    client = client_of(staff)
    own = reverse("admin:auth_user_password_change", args=[staff.pk])
    assert client.get(own).status_code == 200
    for other in (priya, boss):
        for name, args in {
            "auth_user_password_change": [other.pk],
            "captions_user_delete": [other.pk],
        }.items():
            assert client.get(reverse(f"admin:{name}", args=args)).status_code == 403, name
        answer = client.post(reverse("admin:captions_user_change", args=[other.pk]), {"username": "mine"})
        assert answer.status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(boss.pk), str(priya.pk)], "post": "yes"}
    client.post(reverse("admin:captions_user_changelist"), chosen)
    assert User.objects.filter(pk__in=[boss.pk, priya.pk]).count() == 2
    powers = {"is_staff": "on", "is_superuser": "on", "groups": [group.pk for group in Group.objects.all()]}
    html = client.get(reverse("admin:captions_user_change", args=[staff.pk])).content.decode()
    assert 'name="is_superuser"' not in html
    joined = {
        "date_joined_0": "2025-11-18",
        "date_joined_1": "09:00:00",
        "username": "staff",
        "is_active": "on",
    }
    answer = client.post(reverse("admin:captions_user_change", args=[staff.pk]), {**joined, **powers})
    assert answer.status_code == 302
    staff = User.objects.get(pk=staff.pk)
    assert not staff.is_superuser
    assert not staff.is_reviewer
    assert (
        client_of(boss)
        .get(reverse("admin:captions_user_change", args=[priya.pk]))
        .content.decode()
        .count('name="groups"')
    )


def test_reviewers_get_no_further_than_the_review(reviewer: Client, review: Review) -> None:
    for address in (
        SESSIONS,
        UTTERANCES,
        reverse("admin:captions_user_changelist"),
        reverse("admin:captions_access_changelist"),
    ):
        assert reviewer.get(address).status_code == 403, address
    assert reviewer.get(reverse("session", args=[review.pk])).status_code == 404
    assert reviewer.get(reverse("session-sound", args=[review.pk])).status_code == 404
    assert reviewer.get(reverse("admin:captions_review_add")).status_code == 403
    assert (
        reviewer.post(reverse("admin:captions_review_delete", args=[review.pk]), {"post": "yes"}).status_code
        == 403
    )


def test_what_is_not_there_is_not_found(reviewer: Client, review: Review) -> None:
    gone = Review(session_id="00000000-0000-0000-0000-000000000000")
    for method, address in everything(gone)[4:-2]:
        data = {"state": "approved", "version": "1"} if method == "post" else {}
        assert getattr(reviewer, method)(address, data).status_code == 404, address
    assert reviewer.get(url("export", review, "exe")).status_code == 404
    assert reviewer.get(f"{url('export', review, 'srt')}?lines=99").status_code == 404
    for place in ("", "9-9", "after-x", "after-99999999999", "1-1000' OR 1=1", "\0"):
        reviewer.post(url("take", review))
        assert reviewer.get(url("screen", review), {"place": place}).status_code == 200


def test_the_head_shows_the_review_to_reviewers_only(reviewer: Client) -> None:
    assert f'href="{QUEUE}"' in reviewer.get(reverse("history")).content.decode()
    for user in (make_user(), make_user(is_staff=True)):
        assert QUEUE not in client_of(user).get(reverse("history")).content.decode()


def test_the_queue_is_in_order_filtered_and_written_down(reviewer: Client, review: Review) -> None:
    make_review(["One two."] * 3, [(1, 0), (2, 0), (3, 0)], title="Ward handover")
    make_review(title="Approved", doubts=[])
    Review.objects.filter(session__title="Approved").update(state=ReviewState.APPROVED, due_at=None)
    html = reviewer.get(QUEUE).content.decode()
    assert html.index("Ward handover") < html.index("Harbour trust")
    assert "Approved</a></th>" not in html
    assert "By date" in html
    assert looks() == [("list", ""), ("list", "")]
    for query, titles in {
        "state=approved": ["Approved"],
        "state=mine": [],
        "state=all": ["Ward handover", "Harbour trust", "Approved"],
        "unsure=none&state=all": ["Approved"],
        "unsure=some": ["Ward handover", "Harbour trust"],
        "q=tomas": ["Harbour trust"],
        f"session__user__id__exact={review.session.user_id}": ["Harbour trust"],
    }.items():
        html = reviewer.get(f"{QUEUE}?{query}").content.decode()
        assert re.findall(r'/"><bdi[^>]*>([^<]+)</bdi></a></t[hd]>', html) == titles, query


def test_the_queries_of_the_queue_do_not_grow(reviewer: Client, priya: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert reviewer.get(QUEUE).status_code == 200
        return len(captured)

    for _ in range(2):
        make_review()
    few = queries()
    for _ in range(15):
        make_review()
    queue.take_next(priya, Review.objects.first().queued_at)  # type: ignore[union-attr]
    assert queries() <= few


def test_a_review_from_the_queue_to_its_approval(reviewer: Client, priya: User, review: Review) -> None:
    answer = reviewer.post(NEXT)
    assert answer["Location"] == url("screen", review)
    html = reviewer.get(url("screen", review)).content.decode()
    assert "Possible mistake 1 of 2 · 0:01" in html
    assert '<mark class="unsure-place" id="place-heard">rivet mint</mark> drawings.' in html
    assert "Also change “rivet mint” in 1 other place" in html
    assert '<button class="button" name="state" value="approved">' in html
    assert looks() == [("text", "At 1000 ms")]
    answer = reviewer.post(url("keep", review), {"place": "1-1000"}, follow=True)
    assert "Possible mistake 2 of 2" in answer.content.decode()
    asked = {"place": "2-2200", "version": "1", "written": "revetment"}
    html = reviewer.post(url("correct", review), asked, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert "All 2 possible mistakes are checked." in html
    assert '<button class="button primary" name="state" value="approved">' in html
    assert "<del>rivet mint</del> <ins>revetment</ins>" in html
    number = review.places.get(kind="corrected").pk
    assert (
        "Possible mistake 2 of 2" in reviewer.post(url("undo", review, number), follow=True).content.decode()
    )
    answer = reviewer.post(url("decide", review), {"state": "approved"}, follow=True)
    assert "“Harbour trust”: approved." in answer.content.decode()
    review.refresh_from_db()
    assert (review.state, review.reviewer) == (ReviewState.APPROVED, priya)
    html = reviewer.get(url("screen", review)).content.decode()
    assert "rivet" not in html
    assert "Review again" in html


def test_reviewers_are_told_whose_words_they_are_where_there_are_two_sources(
    reviewer: Client, review: Review
) -> None:
    rows = review.session.utterances
    rows.filter(seq=2).update(shared=True)
    reviewer.post(url("take", review))
    for has_shared in (False, True):
        Session.objects.filter(pk=review.pk).update(has_shared=has_shared)
        html = reviewer.get(url("screen", review)).content.decode()
        found = re.findall(r'<p class="who">(.*?)</p>', html)
        assert found == (["Microphone", "Shared sound"] if has_shared else [])
    page = client_of(make_user("root", is_staff=True, is_superuser=True)).get(UTTERANCES).content.decode()
    assert re.findall(r'field-source">(.*?)<', page) == ["Shared sound", "Microphone"]


def test_a_decision_leads_to_the_next_transcript_and_back_to_the_queue(reviewer: Client, priya: User) -> None:
    first, second, third = (make_review(TEXTS, [(1, *range(8 - n))], title=f"<b>{n}") for n in range(3))
    other = make_reviewer()
    queue.take(third.pk, other, third.queued_at)
    Review.objects.filter(pk=third.pk).update(unsure=99)
    reviewer.post(url("take", first))
    answer = reviewer.post(url("decide", first), {"state": "approved"})
    assert answer["Location"] == url("screen", second)
    html = reviewer.get(answer["Location"]).content.decode()
    assert f'“&lt;b&gt;0”: approved. This is the next one. <a href="{QUEUE}">Back to the queue</a>' in html
    assert 'id="place"' in html
    # What she has already comes before what anybody may take.
    reviewer.post(url("take", first))
    answer = reviewer.post(url("decide", first), {"state": "work"})
    assert answer["Location"] == url("screen", second)
    answer = reviewer.post(url("decide", second), {"state": "work"}, follow=True)
    assert answer.redirect_chain == [(QUEUE, 302)]
    assert "“&lt;b&gt;1”: needs work. Nothing else is waiting for review." in answer.content.decode()
    third.refresh_from_db()
    assert third.reviewer == other


def test_a_step_looks_for_the_places_of_the_transcript_once(reviewer: Client, review: Review) -> None:
    """Of ten hours that is most of what a step takes."""
    reviewer.post(url("take", review))
    with CaptureQueriesContext(connection) as captured:
        reviewer.post(url("keep", review), {"place": "1-1000"}, headers={"HX-Request": "true"})
        written = {"place": "2-2200", "version": "1", "written": "revetment"}
        reviewer.post(url("correct", review), written, headers={"HX-Request": "true"})
    assert sum("jsonb_path_query" in query["sql"] for query in captured) == 2
    assert review.places.count() == 2


def test_who_does_not_have_it_reads_nothing_of_it(reviewer: Client, review: Review) -> None:
    html = reviewer.get(url("screen", review)).content.decode()
    assert "Start review" in html
    assert "rivet" not in html
    assert reviewer.get(url("sound", review)).status_code == 404
    other = client_of(make_reviewer("aisha"))
    other.post(url("take", review))
    html = reviewer.post(url("take", review), follow=True).content.decode()
    assert "aisha is reviewing this transcript." in html
    assert "rivet" not in html
    for name, data in {
        "keep": {"place": "1-1000"},
        "correct": {"place": "1-1000", "version": "1", "written": "x"},
        "decide": {"state": "approved"},
        "leave": {},
    }.items():
        html = reviewer.post(url(name, review), data, follow=True).content.decode()
        assert "aisha is reviewing this transcript" in html.lower(), name
        assert "rivet" not in html
    review.refresh_from_db()
    assert (review.state, review.places.count()) == (ReviewState.TAKEN, 0)
    other.post(url("leave", review))
    assert "Start review" in reviewer.get(url("screen", review)).content.decode()


def test_bad_input_is_refused(reviewer: Client, review: Review) -> None:
    reviewer.post(url("take", review))
    for data in (
        {},
        {"place": "1-1000"},
        {"place": "1-1000", "version": "x", "written": "x"},
        {"place": "1-1000", "version": "1" * 40, "written": "x"},
        {"place": "5-5", "version": "1", "written": "x"},
        {"place": "1-1000", "version": "1", "written": "x" * 6_000},
        {"place": "1-1000", "version": "7", "written": "x"},
    ):
        html = reviewer.post(url("correct", review), data, follow=True).content.decode()
        assert 'class="error' in html or "messages" in html or "error" in html, data
    assert reviewer.post(url("decide", review), {"state": "waiting"}).status_code == 404
    for query in ("", "?from=1", "?from=x&to=2", "?from=5&to=5", "?from=0&to=999999", "?from=-1&to=3"):
        assert reviewer.get(url("outline", review) + query).status_code == 404
    assert list(review.session.utterances.values_list("text", flat=True)) == TEXTS
    assert reviewer.get(url("keep", review)).status_code == 405


def test_hostile_text_is_only_text(reviewer: Client) -> None:
    review = make_review(["<script>alert(1)</script> <b>x</b> done."], [(1, 0, 1)], title="<i>T</i>")
    reviewer.post(url("take", review))
    reviewer.post(url("correct", review), {"place": "1-0", "version": "1", "written": "<u>y</u>"})
    for address in (QUEUE, url("screen", review), FIGURES):
        html = reviewer.get(address).content.decode()
        assert not re.search(r"<script>alert|<i>T|<b>x|<u>y", html), address


def test_exports_are_written_down_before_they_are_given(
    reviewer: Client, priya: User, review: Review
) -> None:
    answer = reviewer.get(url("export", review, "srt"), REMOTE_ADDR="192.0.2.9")
    assert b"rivet mint" in b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert "attachment" in answer["Content-Disposition"]
    look = Access.objects.get()
    assert (look.what, look.detail, look.address) == ("export", "SRT", "192.0.2.9")
    assert (look.reader, look.owner) == (str(priya.pk), str(review.session.user_id))


def test_several_are_exported_at_once(reviewer: Client, review: Review) -> None:
    other = make_review(["Nobody gave this a title."], [], title="")
    chosen = {"action": "export_txt", "_selected_action": [str(review.pk), str(other.pk)]}
    answer = reviewer.post(QUEUE, chosen)
    with ZipFile(BytesIO(b"".join(answer.streaming_content))) as archive:  # type: ignore[attr-defined]
        names = archive.namelist()
        assert b"rivet mint" in archive.read(names[0])
    assert len(names) == 2
    assert looks() == [("export", "Text")] * 2
    assert client_of(make_user(is_staff=True)).post(QUEUE, chosen).status_code == 403


def test_what_has_no_title_is_called_by_its_first_words(reviewer: Client) -> None:
    review = make_review(["So, the price of peat. Another sentence."], [(1, 2)], title="")
    assert '<bdi lang="en">The price of peat</bdi></a>' in reviewer.get(QUEUE).content.decode()
    reviewer.post(NEXT)
    assert "The price of peat</h1>" in reviewer.get(url("screen", review)).content.decode()


def test_the_sound_is_for_whom_the_review_is_given_and_written_down(
    reviewer: Client, review: Review, sound: Path
) -> None:
    name = sound_storage().save("a.opus", ContentFile(bytes(1000)))
    Recording.objects.create(session=review.session, file=name, duration_ms=4_000, size=1000)
    assert reviewer.get(url("sound", review)).status_code == 404
    reviewer.post(url("take", review))
    answer = reviewer.get(url("sound", review), headers={"Range": "bytes=10-19"})
    assert (answer.status_code, len(b"".join(answer.streaming_content))) == (206, 10)  # type: ignore[attr-defined]
    assert looks() == [("sound", "bytes=10-19")]
    # Not sound at all.
    assert reviewer.get(f"{url('outline', review)}?from=0&to=5000").status_code == 404


def test_what_administrators_look_at_is_written_down_as_well(review: Review) -> None:
    boss = make_user("boss", is_staff=True, is_superuser=True)
    make_ended_session(boss, ["My own."], title="Mine")
    client = client_of(boss)
    row = review.session.utterances.first()
    assert row
    client.get(SESSIONS)
    client.get(UTTERANCES)
    client.get(reverse("admin:captions_session_change", args=[review.pk]))
    client.get(reverse("admin:captions_utterance_change", args=[row.pk]))
    assert looks() == [("list", ""), ("sentences", "Sentences 2, 1"), ("text", ""), ("text", "")]
    html = client.get(reverse("admin:captions_access_changelist")).content.decode()
    assert html.count("tomas") >= 4
    review.session.user.delete()
    html = client.get(f"{reverse('admin:captions_access_changelist')}?q=boss").content.decode()
    assert "Deleted account" in html
    assert client.get(f"{reverse('admin:captions_access_changelist')}?q=%00").status_code == 200
    look = Access.objects.first()
    assert look
    assert client.get(reverse("admin:captions_access_change", args=[look.pk])).status_code == 200
    assert (
        client.post(reverse("admin:captions_access_delete", args=[look.pk]), {"post": "yes"}).status_code
        == 403
    )


@pytest.mark.parametrize(
    ("model", "field"), [("review", "session"), ("utterance", "session"), ("reviewedplace", "utterance")]
)
def test_nothing_that_was_said_is_proposed_to_other_pages(review: Review, model: str, field: str) -> None:
    client = client_of(make_user("boss", is_staff=True, is_superuser=True))
    asked = {"app_label": "captions", "model_name": model, "field_name": field, "term": ""}
    assert client.get(reverse("admin:autocomplete"), asked).status_code == 403


def test_djangos_own_log_keeps_no_titles(review: Review) -> None:
    client = client_of(make_user("boss", is_staff=True, is_superuser=True))
    client.post(reverse("admin:captions_session_change", args=[review.pk]), {"title": "Harbour, again"})
    client.post(reverse("admin:captions_session_delete", args=[review.pk]), {"post": "yes"})
    assert [str(entry.object_repr) for entry in LogEntry.objects.all()] == [f"Session {review.pk}"] * 2


def test_statistics_count_corrections_and_words(reviewer: Client, review: Review) -> None:
    review.session.clock_ms = 1_800_000
    review.session.save()
    reviewer.post(url("take", review))
    asked = {"place": "1-1000", "version": "1", "written": "revetment", "everywhere": "1"}
    reviewer.post(url("correct", review), asked)
    html = reviewer.get(FIGURES).content.decode()
    assert (
        "1 transcript, 0.5 hours of recordings, 2 corrected sentences: <strong>4.0 per hour</strong>" in html
    )
    assert "<td>rivet mint</td><td>revetment</td><td>2</td>" in html
    assert looks()[-1] == ("figures", "30 days")
    assert reviewer.get(f"{FIGURES}?days=nonsense").status_code == 200
