from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...bench.batches import measure
from ...bench.errors import BenchError
from ...bench.machine import describe
from ...worker.speech_settings import wanted_model
from ..figures import write_figures


class Command(BaseCommand):
    help = "Measures how long a file takes to be written down, beside faster-whisper's batched pipeline."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="Speech; it is said again and again.")
        parser.add_argument(
            "--model", default="", help="A name, a folder, demo, or a shape such as shape:tiny."
        )
        parser.add_argument("--seconds", type=float, default=600, help="How long it is said (default: 600).")
        parser.add_argument("--passes", type=int, default=3, help="How often each writes it (default: 3).")
        parser.add_argument("--language", default="en", help="Default: en.")
        parser.add_argument("--json", type=Path, metavar="OUT", help="Also write the figures there.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["seconds"] <= 7200 or not 1 <= options["passes"] <= 20:
            raise CommandError("--seconds may be from 1 to 7200, and --passes from 1 to 20.")
        machine = describe()
        try:
            found = measure(
                options["file"],
                wanted_model(options["model"]),
                seconds=options["seconds"],
                passes=options["passes"],
                language=options["language"],
            )
        except BenchError as error:
            raise CommandError(str(error)) from error
        for name, wall_s, cpu_s, words in (
            ("ours", found.ours_s, found.ours_cpu_s, found.ours_words),
            ("theirs", found.theirs_s, found.theirs_cpu_s, found.theirs_words),
        ):
            passes = "  ".join(f"{wall:.2f} ({cpu:.2f})" for wall, cpu in zip(wall_s, cpu_s, strict=True))
            self.stdout.write(f"{name:6}  {passes} s (of processors), {words} words")
        self.stdout.write(f"ratio   {found.ratio:.3f} ({found.cpu_ratio:.3f})")
        if options["json"]:
            figures = {
                **asdict(found),
                "ratio": round(found.ratio, 4),
                "cpu_ratio": round(found.cpu_ratio, 4),
                "machine": machine,
            }
            write_figures(options["json"], figures)
