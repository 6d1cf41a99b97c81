"""Makes an archive: written to a file on this machine piece by piece, then handed to where archives are kept."""

import secrets
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import timezone, translation

from ...core import time_zones
from ...models import Archive, Session, User
from ...models.archive import archive_storage
from ...recordings.finished import FinishedFile
from .contents import Member, of_account, of_session
from .keeping import making_folder

log = structlog.get_logger(__name__)

_PERMISSIONS = 0o600


class OvertakenError(Exception):
    """Somebody else makes this archive now, or nobody wants it any more."""


def make(pk: UUID) -> None:
    """Makes an archive that somebody waits for. It may be done twice, and at the same time: who began last, wins."""
    archive = Archive.objects.select_related("user").filter(pk=pk).first()
    if archive is None or not archive.begin():
        return _give_up(archive)
    try:
        user = archive.user
        language = user.interface_language or settings.LANGUAGE_CODE
        with timezone.override(time_zones.zone(user.time_zone)), translation.override(language):
            _make(archive)
    except OvertakenError:
        log.info("archive_overtaken", archive=str(pk))
    except Exception:
        # A bucket raises exceptions of its own kinds; whoever waits is to be told of any of them.
        log.exception("archive_failed", archive=str(pk))
        archive.note(finished_at=timezone.now())
    return None


def _give_up(archive: Archive | None) -> None:
    """Begun so often that it seems to kill whoever makes it, it has failed."""
    if archive is not None and archive.note(finished_at=timezone.now()):
        log.error("archive_failed", archive=str(archive.pk), runs=archive.run)


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
    """Writes all that its person owns. Raises OvertakenError, OSError."""
    user = archive.user
    pks = list(user.sessions.newest_first().values_list("pk", flat=True))
    _note(archive, total=len(pks))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for member in _members(user, pks, archive):
            _write_member(target, member)


def _members(user: User, pks: list[UUID], archive: Archive) -> Iterator[Member]:
    yield from of_account(user)
    for number, pk in enumerate(pks, 1):
        session = Session.objects.filter(pk=pk).first()
        # One that was deleted meanwhile is owned no more.
        if session is not None:
            yield from of_session(session)
        _note(archive, done=number)


def _write_member(target: zipfile.ZipFile, member: Member) -> None:
    info = zipfile.ZipInfo(member.name, timezone.localtime().timetuple()[:6])
    info.compress_type = zipfile.ZIP_STORED if member.is_packed else zipfile.ZIP_DEFLATED
    info.external_attr = _PERMISSIONS << 16
    # How long it will be is not known yet, and it may be long.
    with target.open(info, "w", force_zip64=True) as file:
        for chunk in member.chunks:
            file.write(chunk)


def _note(archive: Archive, **values: int) -> None:
    if not archive.note(active_at=timezone.now(), **values):
        raise OvertakenError


def _keep(archive: Archive, path: Path) -> None:
    storage = archive_storage()
    _note(archive)
    size = path.stat().st_size
    with path.open("rb") as file:
        name = storage.save(f"{archive.pk}-{secrets.token_hex(8)}.zip", FinishedFile(file, name=str(path)))
    if not archive.note(file=name, size=size, finished_at=timezone.now()):
        storage.delete(name)
        raise OvertakenError
    log.info("archive_made", archive=str(archive.pk), sessions=archive.done, bytes=size)
