import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from captions.models import Upload
from captions.models.upload import FAILED, RECEIVING, WAITING
from captions.uploads import tidying
from captions.uploads.folder import UploadFolder
from tests.factories import make_user

from .conftest import MakeUpload

NOW = timezone.now()


@pytest.mark.django_db(transaction=True)
def test_what_nobody_wants_any_more_goes_from_the_disk_too(
    make_upload: MakeUpload, folder: UploadFolder
) -> None:
    user = make_user()
    make_upload(b"a", user, state=RECEIVING, active_at=NOW - timedelta(days=2))
    make_upload(b"a", user, state=FAILED, active_at=NOW - timedelta(days=8))
    kept = [
        make_upload(b"a", user, state=RECEIVING, active_at=NOW - timedelta(hours=2)).pk,
        make_upload(b"a", user, state=FAILED, active_at=NOW - timedelta(days=2)).pk,
        make_upload(b"a", user, state=WAITING, active_at=NOW - timedelta(days=9)).pk,
    ]
    folder.write(uuid.uuid4(), 0, b"nobody's")
    tidying.sweep(NOW)
    assert set(Upload.objects.values_list("pk", flat=True)) == set(kept)
    assert set(folder.uploads()) == set(kept)
    user.delete()
    assert list(folder.uploads()) == []
