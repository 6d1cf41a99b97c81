"""What a database says of itself, and which files its rows name."""

from collections.abc import Iterator

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Q

from captions.models import Archive, Recording, TranscriptGap, Upload


def tables() -> list[str]:
    """Those that the application sees, in order."""
    with connection.cursor() as cursor:
        return sorted(connection.introspection.table_names(cursor))


def counts() -> dict[str, int]:
    """The number of rows of each table."""
    found = {}
    for table in tables():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
            found[table] = int(cursor.fetchone()[0])
    return found


def migrations() -> list[str]:
    """Those of this application that the database has."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(name for app, name in applied if app == "captions")


def known_migrations() -> set[str]:
    """Those that this version of the product has."""
    loaded = MigrationLoader(None).disk_migrations
    return {name for app, name in loaded if app == "captions"}


def named_files() -> Iterator[tuple[str, str]]:
    """Each file that a row names and needs, as it is called in a backup, and what it is."""
    for session, file in Recording.objects.kept().exclude(file="").values_list("session", "file").iterator():
        yield f"recordings/{file}", f"the recording of dictation {session}"
    for user, file in Archive.objects.exclude(file="").values_list("user", "file").iterator():
        yield f"archives/{file}", f"the archive of account {user}"
    needed = Upload.objects.open().filter(received__gt=0) | Upload.objects.filter(choice_until__isnull=False)
    for upload in needed.values_list("pk", flat=True).iterator():
        yield f"uploads/{upload}/file", f"the file of upload {upload}"
    waiting = TranscriptGap.objects.delivered().filter(Q(due_at__isnull=False))
    for session, delivery in waiting.values_list("session", "delivery").iterator():
        yield f"live/delivered/{session}/{delivery}.opus", f"sound that was delivered for dictation {session}"
