from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ...asr.speakers.engine import SpeakerError, WantedSpeakers
from ...asr.speakers.telling import made
from ...benchmarks.errors import BenchError
from ...benchmarks.speakers import COLLARS, check_installed, lines, load_talks, measure


class Command(BaseCommand):
    help = "Measures how well voices are told apart, on recordings with an .rttm beside them."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--corpus", type=Path, required=True, metavar="FOLDER")
        parser.add_argument(
            "--only", nargs="+", default=[], metavar="NAME", help="Names of recordings, or patterns."
        )
        parser.add_argument(
            "--models", default="", metavar="FOLDER", help="Default: SPEAKER_MODELS, or the hub."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_installed()
            talks = load_talks(options["corpus"], options["only"])
            engine = made(WantedSpeakers(options["models"] or settings.SPEAKER_MODELS))
            for collar in COLLARS:
                for line in lines(measure(engine, talks, collar), collar):
                    self.stdout.write(line)
                self.stdout.write("")
        except SpeakerError as error:
            raise CommandError(error.why or error.text) from error
        except BenchError as error:
            raise CommandError(str(error)) from error
