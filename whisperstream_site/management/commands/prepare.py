import json
import secrets
from typing import Any

from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from captions.core.stores import StoresAwayError, wait_for_stores
from captions.models import User

from ... import env, staticfiles

# Any number, as long as it is always the same: processes that migrate at once wait for each other.
_MIGRATION_LOCK = 7_714_055_301


class Command(BaseCommand):
    """Everything between an installed program and one that can serve; harmless to repeat.

    Writes one JSON object to standard output, `{"admin": NAME, "password": TEXT or null}`; the password is there
    only when it was generated just now. Progress goes to standard error.
    """

    help = "Migrates the database, collects the static files and creates the first administrator."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=60, help="How long to wait for the stores.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wait_for_stores(self.stderr.write, options["seconds"])
        except StoresAwayError as error:
            raise CommandError(str(error)) from error
        self._migrate()
        if staticfiles.collect():
            self.stderr.write("Static files are collected.")
        name, password = self._administrator()
        self.stdout.write(json.dumps({"admin": name, "password": password}))

    def _migrate(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
            try:
                executor = MigrationExecutor(connection)
                count = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
                if count:
                    self.stderr.write(f"Migrating the database ({count} steps).")
                    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK])

    def _administrator(self) -> tuple[str, str | None]:
        """The name of the first administrator, and the password if it had to be made up."""
        existing = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
        if existing:
            return existing.username, None
        name = env.text("DJANGO_SUPERUSER_USERNAME", "admin")
        email = env.text("DJANGO_SUPERUSER_EMAIL")
        given = env.text("DJANGO_SUPERUSER_PASSWORD")
        if User.objects.filter(username=name).exists():
            raise CommandError(
                f"There is no administrator, and {name} is an ordinary account. "
                "Set DJANGO_SUPERUSER_USERNAME to another name."
            )
        password = given or secrets.token_urlsafe(12)
        with transaction.atomic():
            user = User.objects.create_superuser(name, email, password)
            if email:
                EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return name, None if given else password
