"""Measures all figures about speech in docs/benchmarks.md, for one or more models, and writes their tables.

It takes hours and needs an otherwise idle machine. `--json OUT` is written after each part; parts that are not measured
again keep their figures, so the parts can be measured one at a time: `{"models": {NAME: {"live": …, "files": …}}}`.
"""

import asyncio
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...asr.engine.base import EngineError
from ...benchmarks.benchmark import Plan, benchmark, understood, whole_texts
from ...benchmarks.corpus import Recording
from ...benchmarks.errors import BenchError
from ...benchmarks.file_texts import measure
from ...benchmarks.machine import describe
from ...benchmarks.models import folder_of
from ...benchmarks.options import add_corpus, config_of, corpus, kept, numbers, peers
from ...benchmarks.report import file_lines, line
from ...benchmarks.tables import tables
from ...benchmarks.write_figures import write_figures
from ...jobs.speech_settings import endpoint_settings
from ...speech.vad import VadError

_PARTS = ("live", "files")


class Command(BaseCommand):
    help = "Measures live text and files of some models, beside other programs, and writes the tables of the docs."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_corpus(parser)
        parser.add_argument(
            "--model",
            nargs="+",
            default=["base", "tiny.en"],
            help="Names or folders (default: base tiny.en).",
        )
        parser.add_argument("--parts", nargs="+", choices=_PARTS, default=_PARTS, help="Default: both.")
        parser.add_argument(
            "--streams",
            type=numbers,
            default=[1, 2, 3, 4, 6, 8, 12],
            help="Streams at once, until one number is too much (default: 1,2,3,4,6,8,12).",
        )
        parser.add_argument(
            "--lane-seconds",
            type=float,
            default=120.0,
            help="How long each of several speaks (default: 120).",
        )
        parser.add_argument("--peer", type=peers, default=[], help="Other programs too, or all.")
        parser.add_argument(
            "--noise",
            type=float,
            default=10.0,
            help="Minutes of each sound that nobody speaks in (default: 10).",
        )
        parser.add_argument("--passes", type=int, default=3, help="Over the file that is timed (default: 3).")
        parser.add_argument("--json", type=Path, required=True, metavar="OUT", help="Where to write figures.")
        parser.add_argument("--table", action="store_true", help="Measure nothing: write the tables of OUT.")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["json"]
        found = self._read(out)
        if not options["table"]:
            try:
                recordings = corpus(options)
                for model in options["model"]:
                    of_model = found["models"].setdefault(Path(model).name, {})
                    for part in options["parts"]:
                        of_model[part] = getattr(self, f"_{part}")(model, recordings, options)
                        write_figures(out, found)
            except (BenchError, EngineError, VadError) as error:
                raise CommandError(str(error)) from error
        self.stdout.write(tables(found["models"]))

    def _live(self, model: str, recordings: list[Recording], options: dict[str, Any]) -> dict[str, Any]:
        plan = Plan(
            recordings=recordings,
            recogniser=config_of(model),
            endpoints=endpoint_settings(),
            kept=kept(),
            streams=options["streams"],
            until_full=True,
            lane_seconds=options["lane_seconds"],
            peers=options["peer"],
            noise_minutes=options["noise"],
        )
        return asyncio.run(benchmark(plan, lambda run: self.stdout.write(line(run)), self.stdout.write))

    def _files(self, model: str, recordings: list[Recording], options: dict[str, Any]) -> dict[str, Any]:
        folder = folder_of(config_of(model).model)
        known = understood(recordings, folder)
        whole = whole_texts(folder, kept(), known, "sequential")
        machine = describe()
        found = measure(
            # The language of the timed file is that of the first recording.
            sorted(known, key=lambda each: each.language != "en"),
            folder,
            Path(model).name,
            endpoint_settings(),
            whole,
            seconds=None,
            passes=options["passes"],
            say=self.stdout.write,
        )
        for each in file_lines(found):
            self.stdout.write(each)
        return {**found, "machine": machine}

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return {"models": {}}
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} cannot be read as figures.") from error
        if "models" not in found:
            raise CommandError(f"{path} holds other figures.")
        return found
