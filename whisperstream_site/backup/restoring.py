"""Restores a backup into an empty database and empty folders or buckets, and looks afterwards whether all is there."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog
from django.db import connection

from ..postgres.programs import invocation
from . import rows
from .contents import DUMP, Manifest, checked, digest
from .errors import BackupError
from .places import Bucket, Folder, Place, places
from .taking import key_fingerprint, last_line

log = structlog.get_logger(__name__)


def restore(folder: Path, say: Callable[[str], None]) -> Manifest:
    """Restores the backup in `folder`. Raises BackupError, OSError.

    `say` gets a sentence for each step. Nothing is changed unless the whole backup is undamaged and everything empty.
    """
    say("Checking the backup.")
    manifest, sums = checked(folder)
    _refuse_newer(manifest)
    targets = places()
    _refuse_used(targets)
    files = list(_placed(sums, targets))
    say(f"Copying {len(files)} files.")
    for place, name, _ in files:
        place.put(name, folder / place.name / name)
    say("Restoring the database.")
    _restore_database(folder / DUMP)
    say("Comparing what is there with the backup.")
    _compare(manifest, files)
    log.info("backup_restored", folder=str(folder), files=len(files), taken_at=manifest.taken_at)
    return manifest


def is_of_other_key(manifest: Manifest) -> bool:
    """Whether the backup was taken with another SECRET_KEY than ours."""
    return manifest.secret_key != key_fingerprint()


def _refuse_newer(manifest: Manifest) -> None:
    unknown = sorted(set(manifest.migrations) - rows.known_migrations())
    if unknown:
        raise BackupError(
            f"The backup was taken by version {manifest.version}, whose database has {unknown[-1]}, "
            "which this version does not know. Restore it with that version or a later one."
        )


def _refuse_used(targets: list[Place]) -> None:
    if tables := rows.tables():
        raise BackupError(
            f"The database has {len(tables)} tables already. A backup is restored into an empty database only: "
            "make a new one and name it in DATABASE_URL, or take a new VAR_DIR. Nothing was changed."
        )
    for place in targets:
        if not place.is_empty():
            raise BackupError(
                f"There are files in {_where(place)} already. A backup is restored into an empty place only: "
                f"{_hint(place)}. Nothing was changed."
            )


def _where(place: Place) -> str:
    return str(place.root) if isinstance(place, Folder) else f"the bucket, under {place.name}"


def _hint(place: Place) -> str:
    return (
        "name another SOUND_S3_PREFIX"
        if isinstance(place, Bucket)
        else "move them away, or take a new VAR_DIR"
    )


def _placed(sums: dict[str, str], targets: list[Place]) -> Iterator[tuple[Place, str, str]]:
    """Each file but the dump: where it goes, its name there and its checksum. Raises BackupError."""
    by_name = {place.name: place for place in targets}
    for path, expected in sums.items():
        if path == DUMP:
            continue
        kind, _, name = path.partition("/")
        if kind not in by_name or not name:
            raise BackupError(
                f"The backup has {path}, and this version has no place for it. Nothing was changed."
            )
        yield by_name[kind], name, expected


def _restore_database(dump: Path) -> None:
    options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-comments")
    command, environment = invocation("pg_restore", *options, str(dump))
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise BackupError(
            f"The database could not be restored, and is empty as before: {last_line(done.stderr)}"
        )
    with connection.cursor() as cursor:
        # A restored database does not know yet how its values are distributed.
        cursor.execute("ANALYZE")


def _compare(manifest: Manifest, files: list[tuple[Place, str, str]]) -> None:
    counted = rows.counts()
    wrong = [table for table, count in manifest.rows.items() if counted.get(table) != count]
    if wrong:
        raise BackupError(
            f"The restored database has not as many rows as the backup in {', '.join(sorted(wrong))}. "
            "Did something use it meanwhile?"
        )
    for place, name, expected in files:
        with place.open(name) as file:
            if digest(file) != expected:
                raise BackupError(f"{_where(place)}/{name} is not what the backup has. Is the disk damaged?")
