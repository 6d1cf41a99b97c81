from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...benchmarks.mixing import measure
from ...benchmarks.write_figures import write_figures
from ...speech.vad import VadError


class Command(BaseCommand):
    help = "Measures how long it takes to mix the sound of several devices, in frames of 20 ms on one core."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sources", type=int, default=6, help="How many devices (default: 6).")
        parser.add_argument("--seconds", type=int, default=60, help="How much sound of each (default: 60).")
        parser.add_argument("--json", type=Path, metavar="OUT", help="Also write the figures there.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 2 <= options["sources"] <= 64:
            raise CommandError("--sources may be 2 to 64.")
        if not 1 <= options["seconds"] <= 3_600:
            raise CommandError("--seconds may be 1 to 3600.")
        found = []
        try:
            for cost in measure(options["sources"], options["seconds"]):
                self.stdout.write(
                    f"{cost.mode:9} {cost.mean_ms:7.3f} ms a frame of 20 ms, p99 {cost.p99_ms:.3f}, "
                    f"longest {cost.longest_ms:.3f}"
                )
                found.append(asdict(cost))
        except VadError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            write_figures(options["json"], found)
