from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...benchmarks.transcript_page import measure
from ...benchmarks.write_figures import write_figures


class Command(BaseCommand):
    help = (
        "Measures the page of a long transcript in a Chromium, against a running server with the same database. It "
        "needs the packages of the tests; CHROMIUM is the path of the browser, by default Playwright's own."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--address", default="http://localhost:8000", help="Of the server (default: %(default)s)."
        )
        parser.add_argument("--sentences", type=int, default=6_500, help="How many it has (default: 6500).")
        parser.add_argument("--json", type=Path, metavar="OUT", help="Also write the figures there.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 2 <= options["sentences"] <= 100_000:
            raise CommandError("--sentences may be 2 to 100000.")
        try:
            figures = asdict(measure(options["address"], options["sentences"]))
        except ImportError as error:
            raise CommandError(
                "This needs Playwright, which is among the requirements of the tests."
            ) from error
        for name, value in figures.items():
            self.stdout.write(f"{name:21} {value:10.1f}")
        if options["json"]:
            write_figures(options["json"], figures)
