from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from captions.models import Tag, User
from captions.transcripts import tagging
from tests.factories import make_ended_session, make_user


@pytest.mark.django_db(transaction=True)
def test_changes_at_the_same_time_wait_for_each_other() -> None:
    user = make_user()
    sessions = [make_ended_session(user, ["Hello."]) for _ in range(4)]
    tagging.add(user, sessions[1:2], "one, two, three, four")
    both = Barrier(4)

    def at_once(number: int) -> str:
        try:
            owner = User.objects.get(pk=user.pk)
            tag = Tag.objects.get(name=("one", "two", "three", "four")[number])
            both.wait(30)
            tagging.rename(owner, tag.pk, "Work")
        except tagging.TagError as error:
            return str(error)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(4) as threads:
        said = sorted(threads.map(at_once, range(4)))
    assert said == ["", *["There is already a tag “Work”."] * 3]

    def add_and_remove(number: int) -> int:
        try:
            owner = User.objects.get(pk=user.pk)
            both.wait(30)
            change = tagging.remove if number % 2 else tagging.add
            return change(owner, [sessions[number]], "work")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add_and_remove, range(4)))
    # The only one that had it gave it back: whichever came first, the others have it now.
    assert set(Tag.objects.get(name__iexact="work").sessions.all()) == {sessions[0], sessions[2]}
