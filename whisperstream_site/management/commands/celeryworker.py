import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from captions.core.stores import wait_for_stores
from whisperstream_site.beat import Scheduler


class Command(BaseCommand):
    help = "Runs the Celery worker once the stores answer; at least one of all workers runs with --beat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--beat", action="store_true", help="Also send the periodic tasks.")
        only = parser.add_mutually_exclusive_group()
        only.add_argument(
            "--files", action="store_true", help="Write down files that people added, and do nothing else."
        )
        only.add_argument(
            "--gaps",
            action="store_true",
            help="Recover what is missing in dictations from their sound, and do nothing else.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wait_for_stores(self.stderr.write)
        command = [sys.executable, "-m", "celery", "--quiet", "--app", "whisperstream_site", "worker"]
        command += ["--loglevel", settings.LOG_LEVEL, "--without-gossip", "--without-mingle"]
        if options["files"]:
            command += ["--queues", "files", "--concurrency", str(settings.FILES_CONCURRENCY)]
            command += ["--hostname", "files@%h"]
        if options["gaps"]:
            command += ["--queues", "gaps", "--concurrency", "1", "--hostname", "gaps@%h"]
        if options["beat"]:
            command += ["--beat", "--scheduler", f"{Scheduler.__module__}:{Scheduler.__name__}"]
            command += ["--schedule", str(settings.VAR_DIR / "celery-beat")]
        # Celery replaces this process, so that it receives signals directly.
        os.execv(command[0], command)
