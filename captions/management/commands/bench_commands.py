from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ...asr.engine.base import EngineError
from ...benchmarks.commands import measure
from ...benchmarks.write_figures import write_figures
from ...commands.tables import LANGUAGES


class Command(BaseCommand):
    help = "Measures how often a model understands spoken commands. They are said by espeak-ng."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--model", default=settings.WHISPER_MODEL, help="The folder of a model.")
        parser.add_argument(
            "--language", choices=sorted(LANGUAGES), action="append", help="Only this language."
        )
        parser.add_argument("--json", type=Path, metavar="OUT", help="Also write the figures there.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = []
        try:
            for each in measure(options["model"], tuple(options["language"] or sorted(LANGUAGES))):
                line = f"{each.language}  {each.phrase:28}  {each.obeyed} of {each.said}, not expected {each.plain}"
                self.stdout.write(line + (f", {each.itself} by the model" if each.itself else ""))
                for heard in each.heard:
                    self.stdout.write(f"      {heard}")
                found.append(asdict(each))
        except FileNotFoundError as error:
            raise CommandError("This needs espeak-ng; on Debian, apt-get install espeak-ng.") from error
        except EngineError as error:
            raise CommandError(str(error)) from error
        for language in sorted({each["language"] for each in found}):
            said, obeyed, plain = (
                sum(each[name] for each in found if each["language"] == language)
                for name in ("said", "obeyed", "plain")
            )
            self.stdout.write(f"{language}: {obeyed} of {said} were understood, not expected {plain}.")
        if options["json"]:
            write_figures(options["json"], found)
