from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...asr.engine.base import EngineError, Wanted
from ...asr.engine.model_files import locate
from ...asr.engine.whisper_cpp.conversion import KINDS, convert

MEGABYTE = 1_000_000


class Command(BaseCommand):
    help = "Writes a Whisper model in CTranslate2 format as a file for ENGINE=whisper-cpp."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", help="A name such as base, or the folder of the model.")
        parser.add_argument("file", type=Path, nargs="?", help="Default: ggml-MODEL-KIND.bin in this folder.")
        parser.add_argument(
            "--kind", choices=KINDS, default="q8_0", help="How the numbers are written (default: q8_0)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        kind = options["kind"]
        try:
            folder = Path(locate(Wanted(options["model"], "cpu")).path)
            name = Path(options["model"]).name.removeprefix("faster-whisper-")
            target = options["file"] or Path(f"ggml-{name}{'' if kind == 'f16' else f'-{kind}'}.bin")
            convert(folder, target, kind)
        except EngineError as error:
            raise CommandError(str(error)) from error
        size = target.stat().st_size / MEGABYTE
        self.stdout.write(
            f"{target} has {size:.0f} MB. Set ENGINE=whisper-cpp and WHISPER_MODEL={target.resolve()}"
        )
