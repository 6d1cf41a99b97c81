import asyncio
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...asr.engine.base import EngineError
from ...benchmarks import cleaning_live
from ...benchmarks.cleaners import cleaners
from ...benchmarks.cleaning import lines, measure, noisy
from ...benchmarks.errors import BenchError
from ...benchmarks.file_texts import hearing
from ...benchmarks.models import folder_of
from ...benchmarks.options import add_corpus, config_of, corpus
from ...benchmarks.scoring import check_installed
from ...jobs.speech_settings import endpoint_settings
from ...speech.vad import VadError


class Command(BaseCommand):
    help = "Measures whether taking noise out of sound before it is recognised lowers word errors."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_corpus(parser)
        parser.add_argument("--model", default="", help="A name or a folder; default: WHISPER_MODEL.")
        parser.add_argument(
            "--noise", default="pink", help="The kind of noise that is added (default: pink)."
        )
        parser.add_argument(
            "--ratios",
            nargs="*",
            type=float,
            default=[],
            metavar="DB",
            help="Voice to noise; none adds none.",
        )

        parser.add_argument(
            "--live", action="store_true", help="The noise reduction of dictations, on the live road."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_installed()
            recordings = [each for each in corpus(options) if each.judged]
            if options["ratios"]:
                recordings = [
                    noisy(each, options["noise"], ratio) for ratio in options["ratios"] for each in recordings
                ]
            config = config_of(options["model"])
            if options["live"]:
                found = asyncio.run(
                    cleaning_live.measure(recordings, config, endpoint_settings(), self.stdout.write)
                )
            else:
                hear = hearing(folder_of(config.model), endpoint_settings())
                ways = {name: make() for name, make in cleaners().items()}
                found = measure(recordings, hear, ways, self.stdout.write)
        except (BenchError, EngineError, VadError) as error:
            raise CommandError(str(error)) from error
        for line in lines(recordings, found):
            self.stdout.write(line)
