from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...asr.engine.base import EngineError
from ...asr.engine.model_files import name_of
from ...benchmarks.benchmark import understood, whole_texts
from ...benchmarks.errors import BenchError
from ...benchmarks.file_texts import measure
from ...benchmarks.machine import describe
from ...benchmarks.models import folder_of
from ...benchmarks.options import add_corpus, config_of, corpus, kept
from ...benchmarks.report import file_lines
from ...benchmarks.write_figures import write_figures
from ...jobs.speech_settings import endpoint_settings


class Command(BaseCommand):
    help = "Measures what files become and how long that takes, beside faster-whisper on the same files."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_corpus(parser)
        parser.add_argument("--model", default="", help="A name or a folder; default: WHISPER_MODEL.")
        parser.add_argument(
            "--seconds", type=float, help="How long the file is that is timed (default: all recordings)."
        )
        parser.add_argument("--passes", type=int, default=3, help="How often each writes it (default: 3).")
        parser.add_argument("--json", type=Path, metavar="OUT", help="Also write the figures there.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= (options["seconds"] or 1) <= 7200 or not 1 <= options["passes"] <= 20:
            raise CommandError("--seconds may be from 1 to 7200, and --passes from 1 to 20.")
        try:
            wanted = config_of(options["model"]).model
            folder = folder_of(wanted)
            recordings = understood(corpus(options), folder)
            whole = whole_texts(folder, kept(), recordings, "sequential")
            machine = describe()
            found = measure(
                recordings,
                folder,
                name_of(wanted),
                endpoint_settings(),
                whole,
                seconds=options["seconds"],
                passes=options["passes"],
                say=self.stdout.write,
            )
        except (BenchError, EngineError) as error:
            raise CommandError(str(error)) from error
        for line in file_lines(found):
            self.stdout.write(line)
        if options["json"]:
            write_figures(options["json"], {**found, "machine": machine})
