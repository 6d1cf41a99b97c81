import time
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from ...benchmarks.library import NotEmptyError, fill
from ...benchmarks.searching import measure
from ...benchmarks.write_figures import write_figures
from ...models import Utterance

# A database in use is vacuumed and analysed automatically.
_VACUUM = "VACUUM ANALYZE captions_utterance"


class Command(BaseCommand):
    help = (
        "Measures how long searches take in the database. With --fill it first makes one that is as full as after "
        "years, in an empty database only."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fill", type=int, metavar="N", help="Make N utterances first, as 1000000.")
        parser.add_argument("--people", type=int, default=200, help="Whose they are (default: 200).")
        parser.add_argument("--queries", type=int, default=500, help="How many are asked (default: 500).")
        parser.add_argument("--json", type=Path, metavar="OUT", help="Also write the figures there.")

    def handle(self, *args: Any, **options: Any) -> None:
        if min(options["people"], options["queries"], options["fill"] or 1) < 1:
            raise CommandError("--fill, --people and --queries are 1 or more.")
        if options["fill"]:
            self._fill(options["people"], options["fill"])
        if not Utterance.objects.exists():
            raise CommandError("There is nothing to search in. --fill 1000000 makes a full database.")
        found = []
        self.stdout.write(f"{'':26}  asked  places  p50 ms  p95 ms  most ms  cpu p95 ms")
        for each in measure(options["queries"]):
            self.stdout.write(
                f"{each.kind:26}  {each.asked:5}  {each.places:6}"
                f"  {each.p50_ms:6.1f}  {each.p95_ms:6.1f}  {each.most_ms:7.1f}"
                + ("" if each.cpu_p95_ms is None else f"  {each.cpu_p95_ms:10.1f}")
            )
            found.append(asdict(each))
        if options["json"]:
            write_figures(options["json"], found)

    def _fill(self, people: int, utterances: int) -> None:
        begin = time.monotonic()
        try:
            fill(people, utterances)
        except NotEmptyError:
            raise CommandError(
                "Somebody has spoken into this database: it is not filled. Name an empty one in DATABASE_URL."
            ) from None
        with connection.cursor() as cursor:
            cursor.execute(_VACUUM)
        self.stdout.write(f"Made {utterances:,} utterances in {time.monotonic() - begin:.0f} s.")
