"""Where the browser posts shared files without a service worker, and where the service worker sends the user."""

import uuid

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from captions.models import Upload, User

pytestmark = pytest.mark.django_db

ID = uuid.uuid4()


def test_a_share_without_a_service_worker_is_said_to_be_missed(user: User) -> None:
    # As a browser shares: without a token.
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    files = {"files": SimpleUploadedFile("memo.m4a", b"sound", "audio/mp4")}
    answer = client.post(reverse("share"), files)
    assert (answer.status_code, answer["Location"]) == (303, reverse("share-missed"))
    answer = client.get(answer["Location"])
    assert answer["Location"] == reverse("history")
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [
        "No file arrived. Share it again, or add it here."
    ]
    assert not Upload.objects.exists()


def test_a_post_from_elsewhere_ends_no_login(client: Client) -> None:
    # Cross-site posts come without the session's cookie; one in the answer would replace that.
    answer = client.post(reverse("share"))
    assert not answer.cookies
    assert client.get(reverse("share")).status_code == 405


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_what_was_shared_goes_on_to_the_history(site: str, visitor: Client) -> None:
    answer = visitor.get(reverse("shared", args=[ID]), headers={"Sec-Fetch-Site": site})
    assert answer["Location"] == f"{reverse('history')}#shared={ID}"


def test_who_is_logged_out_logs_in_first(client: Client) -> None:
    url = reverse("shared", args=[ID])
    assert client.get(url)["Location"] == f"{reverse('account_login')}?next={url}"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_posted_was_not_shared(site: str, visitor: Client, client: Client) -> None:
    for each in (visitor, client):
        answer = each.get(reverse("shared", args=[ID]), headers={"Sec-Fetch-Site": site})
        assert (answer.status_code, answer["Location"]) == (303, reverse("share-missed"))
