"""Commands that need the stores, also while the product with its embedded ones stands."""

import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from .launcher.embedded import StoreError
from .launcher.instance import AlreadyRunning, alone_in
from .launcher.stores import Embedded


class StoresCommand(BaseCommand):
    """Does `work`, in a second process with the embedded stores where neither an address nor running ones are there."""

    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DATABASE_URL:
            return self.work(options)
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        try:
            with alone_in(settings.VAR_DIR, self.stderr.write):
                stores = Embedded(settings.VAR_DIR)
                try:
                    stores.start(self.stderr.write)
                    done = subprocess.run([sys.executable, *sys.argv], check=False)
                finally:
                    stores.stop(self.stderr.write)
        except (StoreError, AlreadyRunning) as error:
            raise CommandError(str(error)) from error
        if done.returncode:
            sys.exit(done.returncode)
        return None

    def work(self, options: dict[str, Any]) -> None:
        raise NotImplementedError
