from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ...backup.errors import BackupError
from ...backup.taking import take
from ...standing import StoresCommand


class Command(StoresCommand):
    help = "Writes the database and all sound and files into a new folder, while the product runs or stands."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="A new or an empty folder.")

    def work(self, options: dict[str, Any]) -> None:
        folder: Path = options["folder"]
        try:
            manifest = take(folder.absolute(), self.stderr.write)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        for missing in manifest.missing:
            self.stderr.write(f"Not there, and so not in the backup: {missing}.")
        self.stdout.write(
            f"The backup is in {folder}. Keep SECRET_KEY too, in another place: it is not in the backup."
        )
