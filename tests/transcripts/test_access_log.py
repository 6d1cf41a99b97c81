"""What was looked at stays written down, whatever the application tries."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import Error, connection, transaction

from captions.models import Access, AccessKind, User
from captions.transcripts import access_log
from tests.factories import make_ended_session, make_user
from tests.review.support import make_review, make_reviewer

pytestmark = pytest.mark.django_db
TABLE = Access._meta.db_table


@contextmanager
def refused(because: str = "not changed or deleted") -> Iterator[None]:
    with pytest.raises(Error, match=because), transaction.atomic():
        yield


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def look() -> Access:
    session = make_ended_session(make_user("tomas"), ["One."])
    access_log.log_access(
        make_reviewer("priya"), AccessKind.TRANSCRIPT, [session], address="192.0.2.7", page="/admin/x/"
    )
    return Access.objects.get()


def test_a_look_says_who_whose_what_when_and_from_where(look: Access) -> None:
    owner, reader = User.objects.get(username="tomas"), User.objects.get(username="priya")
    assert (look.reader, look.reader_name, look.owner) == (str(reader.pk), "priya", str(owner.pk))
    assert (look.session, look.what, look.address) == (str(owner.sessions.get().pk), "text", "192.0.2.7")
    assert look.page == "/admin/x/"
    assert look.at


def test_ones_own_words_are_nobodys_business() -> None:
    user = make_user()
    access_log.log_access(user, AccessKind.TRANSCRIPT, [make_ended_session(user, ["One."])])
    assert not Access.objects.exists()


def test_a_look_is_neither_changed_nor_deleted(look: Access) -> None:
    with refused():
        Access.objects.update(reader="somebody else")
    look.reader_name = "somebody else"
    with refused():
        look.save()
    with refused():
        look.delete()
    with refused():
        Access.objects.all().delete()
    with refused():
        run(f"DELETE FROM {TABLE}")
    with refused():
        run(f"TRUNCATE {TABLE} CASCADE")
    with refused():
        run(f"SET LOCAL session_replication_role = replica; DELETE FROM {TABLE}")
    with refused():
        run(f"INSERT INTO {TABLE} SELECT * FROM {TABLE} ON CONFLICT (id) DO UPDATE SET reader = 'x'")
    assert Access.objects.get().reader_name == "priya"


def test_looks_outlive_both_accounts(look: Access) -> None:
    User.objects.get(username="tomas").delete()
    User.objects.get(username="priya").delete()
    assert Access.objects.get() == look


def test_with_a_table_that_is_somebody_elses_the_application_can_only_add(look: Access) -> None:
    """What docs/review.md has the operator do."""
    run(
        "CREATE ROLE test_audit NOLOGIN; CREATE ROLE test_application NOLOGIN;"
        f"ALTER TABLE {TABLE} OWNER TO test_audit;"
        "ALTER FUNCTION captions_access_is_kept() OWNER TO test_audit;"
        f"GRANT SELECT, INSERT ON {TABLE} TO test_application;"
        "SET LOCAL ROLE test_application"
    )
    columns = "reader, reader_name, owner, session, what, detail, page"
    run(f"INSERT INTO {TABLE} ({columns}) VALUES ('1', 'x', '', '', '', '', '')")
    assert Access.objects.count() == 2
    for statement in (
        f"UPDATE {TABLE} SET reader = 'x'",
        f"DELETE FROM {TABLE}",
        f"TRUNCATE {TABLE}",
        f"ALTER TABLE {TABLE} DISABLE TRIGGER ALL",
        f"DROP TRIGGER access_row_is_kept ON {TABLE}",
        f"DROP TABLE {TABLE}",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION captions_access_is_kept() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN OLD; END'",
    ):
        with refused("permission denied|must be owner|not changed or deleted"):
            run(statement)
    run("RESET ROLE")


def test_the_group_of_reviewers_is_there_with_its_permission() -> None:
    user = make_user(is_staff=True)
    assert not user.is_reviewer
    from django.contrib.auth.models import Group

    group = Group.objects.get(name="Reviewers")
    assert [each.codename for each in group.permissions.all()] == ["review_sessions"]
    user.groups.add(group)
    assert User.objects.get(pk=user.pk).is_reviewer
    outsider = make_user()
    outsider.groups.add(group)
    # Whoever may not enter the administration reviews nothing.
    assert not User.objects.get(pk=outsider.pk).is_reviewer


def test_deleting_a_person_takes_reviews_along_and_leaves_looks(look: Access) -> None:
    review = make_review(user=User.objects.get(username="tomas"))
    access_log.log_access(User.objects.get(username="priya"), AccessKind.SOUND, [review.session])
    review.session.user.delete()
    assert Access.objects.count() == 2
