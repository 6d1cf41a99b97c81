"""Takes a backup while the product runs.

The database is dumped as it was at one moment. Files are held immediately before that moment and immediately after it,
so each file that a row of the dump names is held, also if it is joined, replaced or deleted while it is copied. Sound
that is being recorded is in the backup up to the moment at which it is copied. What a row names and was there neither
before nor after is written into the manifest.
"""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .. import VERSION
from ..postgres.programs import invocation
from . import rows
from .contents import DUMP, FORMAT, Contents, Manifest, make_private
from .errors import BackupError
from .places import Place, places

log = structlog.get_logger(__name__)

# An arbitrary key of an advisory lock.
_LOCK = 7_714_055_302


def take(folder: Path, say: Callable[[str], None]) -> Manifest:
    """Writes a backup into `folder`, which must be new or empty. Raises BackupError, OSError.

    `say` gets a sentence for each step.
    """
    _claim(folder)
    contents, sources = Contents(folder), places()
    with _alone(), ExitStack() as stack:
        for place in sources:
            place.release()
            stack.callback(place.release)
        say("Holding the files.")
        # The first time takes long for a bucket; what has come meanwhile is then soon done.
        for _ in range(2):
            _hold(sources, contents)
        with _snapshot() as snapshot:
            _hold(sources, contents)
            counted, migrations, named = rows.counts(), rows.migrations(), dict(rows.named_files())
            say("Dumping the database.")
            _dump(snapshot, contents)
        say("Copying the files.")
        for place in sources:
            place.copy(contents)
    missing = sorted(f"{what}: {name}" for name, what in named.items() if name not in contents)
    written: list[Manifest] = []

    def manifest(sums: str) -> Manifest:
        written.append(
            Manifest(
                format=FORMAT,
                version=VERSION,
                taken_at=timezone.now().isoformat(timespec="seconds"),
                migrations=migrations,
                rows=counted,
                missing=missing,
                secret_key=key_fingerprint(),
                sums=sums,
            )
        )
        return written[0]

    contents.finish(manifest)
    log.info("backup_taken", folder=str(folder), files=len(contents), missing=len(missing))
    return written[0]


def key_fingerprint() -> str:
    """The same for the same SECRET_KEY."""
    return salted_hmac("whisperstream.backup", "SECRET_KEY", algorithm="sha256").hexdigest()[:16]


def _claim(folder: Path) -> None:
    make_private(folder)
    if any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty. Name a new folder for each backup.")
    kept = [
        settings.SOUND_DIR,
        settings.UPLOAD_DIR,
        settings.VAR_DIR / "sound",
        settings.VAR_DIR / "archives",
    ]
    for each in kept:
        if folder.resolve().is_relative_to(Path(each).resolve()):
            folder.rmdir()
            raise BackupError(
                f"{folder} lies in {each}, which is in the backup itself. Name a folder elsewhere."
            )


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise BackupError("Another backup of this database is being taken. Wait until it is done.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


@contextmanager
def _snapshot() -> Iterator[str]:
    """Queries see the database as it is now until the end of the context, and so does who is given the name."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def _hold(sources: list[Place], contents: Contents) -> None:
    for place in sources:
        place.hold(contents)


def _dump(snapshot: str, contents: Contents) -> None:
    options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
    command, environment = invocation("pg_dump", *options, "--file", str(contents.path(DUMP)))
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise BackupError(f"The database could not be dumped: {last_line(done.stderr)}")
    contents.path(DUMP).chmod(0o600)
    contents.add(DUMP)


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given."])[-1]
