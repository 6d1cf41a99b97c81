from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...asr.engine.base import Runtime, Wanted
from ...benchmarks.engines import Board, lines, measure
from ...benchmarks.errors import BenchError
from ...benchmarks.machine import describe
from ...benchmarks.options import add_corpus, corpus
from ...benchmarks.write_figures import write_figures
from ...jobs.speech_settings import endpoint_settings

_RUNTIMES: dict[str, Runtime] = {"local": "ctranslate2", "whisper-cpp": "whisper-cpp"}


def _contender(text: str) -> tuple[str, Wanted]:
    engine, _, model = text.partition("=")
    if engine not in _RUNTIMES or not model:
        raise ArgumentTypeError(f"{text!r} is not an engine and its model, such as whisper-cpp=base-q8_0.")
    name = f"{engine} {Path(model).name.removeprefix('ggml-').removesuffix('.bin')}"
    return name, Wanted(model, "cpu", runtime=_RUNTIMES[engine])


class Command(BaseCommand):
    help = "Measures the engines of this machine beside each other: errors, time and memory."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_corpus(parser)
        parser.add_argument(
            "--engines",
            nargs="+",
            type=_contender,
            required=True,
            metavar="ENGINE=MODEL",
            help="Which, in turn.",
        )
        parser.add_argument(
            "--passes", type=int, default=5, help="How often live decodes are timed (default: 5)."
        )
        parser.add_argument("--cores", type=int, default=4, help="The cores of a board (default: 4).")
        parser.add_argument(
            "--slower", type=float, default=5.0, help="How much longer one of them takes (default: 5)."
        )
        parser.add_argument("--json", type=Path, metavar="OUT", help="Also write the figures there.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["passes"] < 1 or options["cores"] < 1 or options["slower"] <= 0:
            raise CommandError("--passes, --cores and --slower are above 0.")
        try:
            recordings = [each for each in corpus(options) if each.judged]
            if not recordings:
                raise BenchError("None of these recordings has a text to count errors against.")
            machine = describe()
            found = measure(
                recordings,
                dict(options["engines"]),
                endpoint_settings(),
                passes=options["passes"],
                board=Board(options["cores"], options["slower"]),
                say=self.stderr.write,
            )
        except BenchError as error:
            raise CommandError(str(error)) from error
        for line in lines(found):
            self.stdout.write(line)
        if options["json"]:
            write_figures(options["json"], {"engines": found, "machine": machine})
