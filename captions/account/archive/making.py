"""Makes an archive: writes it to a local file, then saves that in the storage for archives."""

import secrets
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import timezone, translation

from ...core import time_zones
from ...models import Archive, Session, User
from ...models.archive import archive_storage
from ...models.leased_job import LeaseLostError
from ...models.shared_clock import shared_now
from ...recordings.finished import FinishedFile
from .contents import Member, of_account, of_session
from .keeping import making_folder

log = structlog.get_logger(__name__)

_PERMISSIONS = 0o600


def make(pk: UUID) -> None:
    """Makes a requested archive. It may be called more than once, also at the same time."""
    archive = Archive.objects.select_related("user").claim(pk, shared_now())
    if archive is None:
        return
    try:
        if archive.is_exhausted:
            log.error("archive_failed", archive=str(pk), attempts=archive.MOST_ATTEMPTS)
            archive.finish(finished_at=shared_now())
            return
        user = archive.user
        language = user.interface_language or settings.LANGUAGE_CODE
        with timezone.override(time_zones.zone(user.time_zone)), translation.override(language):
            _make(archive)
    except LeaseLostError:
        log.info("archive_overtaken", archive=str(pk))
    except Exception:
        # A storage backend raises exceptions of its own; any of them has to reach the user as a failed archive.
        log.exception("archive_failed", archive=str(pk))
        with suppress(LeaseLostError):
            archive.finish(finished_at=shared_now())


def _make(archive: Archive) -> None:
    folder = making_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as made_in:
        path = Path(made_in) / "archive.zip"
        with path.open("wb") as file:
            path.chmod(_PERMISSIONS)
            write(file, archive)
        _keep(archive, path)


def write(file: IO[bytes], archive: Archive) -> None:
    """Writes the ZIP file with all data of the archive's owner. Raises LeaseLostError, OSError."""
    user = archive.user
    pks = list(user.sessions.newest_first().values_list("pk", flat=True))
    archive.renew(shared_now(), done=0, total=len(pks))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for member in _members(user, pks, archive):
            _write_member(target, member)


def _members(user: User, pks: list[UUID], archive: Archive) -> Iterator[Member]:
    yield from of_account(user)
    for number, pk in enumerate(pks, 1):
        session = Session.objects.filter(pk=pk).first()
        # A session that was deleted meanwhile is left out.
        if session is not None:
            yield from of_session(session)
        archive.renew(shared_now(), done=number)


def _write_member(target: zipfile.ZipFile, member: Member) -> None:
    info = zipfile.ZipInfo(member.name, timezone.localtime().timetuple()[:6])
    info.compress_type = zipfile.ZIP_STORED if member.is_packed else zipfile.ZIP_DEFLATED
    info.external_attr = _PERMISSIONS << 16
    # The size is not known yet and may exceed 4 GB, so the entry has to be ZIP64.
    with target.open(info, "w", force_zip64=True) as file:
        for chunk in member.chunks:
            file.write(chunk)


def _keep(archive: Archive, path: Path) -> None:
    storage = archive_storage()
    archive.renew(shared_now())
    size = path.stat().st_size
    with path.open("rb") as file:
        name = storage.save(f"{archive.pk}-{secrets.token_hex(8)}.zip", FinishedFile(file, name=str(path)))
    try:
        archive.finish(file=name, size=size, finished_at=shared_now())
    except LeaseLostError:
        storage.delete(name)
        raise
    log.info("archive_made", archive=str(archive.pk), sessions=archive.done, bytes=size)
