from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...benchmarks.exports import measure
from ...benchmarks.write_figures import write_figures


class Command(BaseCommand):
    help = "Measures how long a long transcript takes to be written in each format, from the database on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--hours", type=float, default=10, help="How long it is (default: 10).")
        parser.add_argument("--json", type=Path, metavar="OUT", help="Also write the figures there.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 < options["hours"] <= 100:
            raise CommandError("--hours may be more than 0 and at most 100.")
        found = []
        self.stdout.write("format  first s  whole s    cpu s  file MB  memory MB")
        for each in measure(options["hours"]):
            self.stdout.write(
                f"{each.format:6}  {each.first_s:7.3f}  {each.whole_s:7.3f}  {each.cpu_s:7.3f}"
                f"  {each.file_mb:7.2f}  {each.memory_mb:9.1f}"
            )
            found.append(asdict(each))
        if options["json"]:
            write_figures(options["json"], found)
