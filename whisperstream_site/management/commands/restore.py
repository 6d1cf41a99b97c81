from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ...backup.contents import checked
from ...backup.errors import BackupError
from ...backup.restoring import is_of_other_key, restore
from ...standing import StoresCommand


class Command(StoresCommand):
    help = "Restores a backup into an empty database and empty folders, while the product stands."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="The folder of the backup.")
        parser.add_argument("--check", action="store_true", help="Only say whether the backup is undamaged.")

    def work(self, options: dict[str, Any]) -> None:
        folder = options["folder"].absolute()
        try:
            manifest = checked(folder)[0] if options["check"] else restore(folder, self.stderr.write)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        for missing in manifest.missing:
            self.stderr.write(f"Was not there when the backup was taken: {missing}.")
        if options["check"]:
            self.stdout.write(f"The backup of {manifest.taken_at} is undamaged.")
            return
        if is_of_other_key(manifest):
            self.stderr.write(
                "SECRET_KEY is another one than that of the backup: everybody has to log in again, and addresses of "
                "captions outputs and webhooks cannot be read. Name the former key in SECRET_KEY_FALLBACKS."
            )
        self.stdout.write(f"Restored as of {manifest.taken_at}. Run prepare, then start the product.")
