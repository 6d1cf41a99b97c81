from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ...models import LONGEST_TOKEN_NAME, Scope, User
from ...tokens.issuing import TooManyTokensError, issue


class Command(BaseCommand):
    """Makes an API token and writes it, alone on a line, to standard output."""

    help = "Makes an API token for an account and prints it, for scripts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", required=True, help="Whose account the token is for.")
        parser.add_argument(
            "--scope",
            required=True,
            action="append",
            choices=Scope.values,
            dest="scopes",
            help="What a program may do with it; may be given several times.",
        )
        parser.add_argument("--name", default="Made with manage.py token", help="As its owner sees it.")
        parser.add_argument(
            "--days", type=int, default=90, help="For how long it is valid; 0 for ever. Usually 90."
        )
        parser.add_argument(
            "--keep-history",
            action="store_true",
            help="Keep files that it transcribes as transcripts of the account.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account with the username {options['username']}.")
        if not 0 <= options["days"] <= 36500:
            raise CommandError("--days must be from 0 to 36500.")
        if not options["name"].strip() or len(options["name"]) > LONGEST_TOKEN_NAME:
            raise CommandError(f"--name must have 1 to {LONGEST_TOKEN_NAME} characters.")
        now = timezone.now()
        try:
            _, text = issue(
                user,
                name=options["name"].strip(),
                scopes=options["scopes"],
                keep_history=options["keep_history"],
                now=now,
                expires_at=now + timedelta(days=options["days"]) if options["days"] else None,
            )
        except TooManyTokensError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(text)
