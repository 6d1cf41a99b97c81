import json
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from redis import RedisError

from ...asr.engine.base import EngineError, Wanted
from ...asr.engine.choice import files_of, whisper
from ...asr.engine.located import Origin
from ...asr.engine.openai.budget import used_up_until
from ...asr.engine.openai.service import Service
from ...core.valkey import valkey
from ...jobs.speech_settings import engine_choice, service, wanted_model

MEGABYTE = 1_000_000


class Command(BaseCommand):
    help = "Says which speech models will be used, downloads them if need be, and checks that they can be loaded."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--probe",
            action="store_true",
            help="Only look whether the model is here, or could be downloaded; prints one JSON object.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["probe"]:
                self._probe()
                return
            elsewhere = service()
            if elsewhere is not None:
                self.stdout.write(
                    f"Speech is sent to {elsewhere.host}, where {elsewhere.model} recognises it."
                )
                self._say_what_is_left(elsewhere)
            if elsewhere is None or elsewhere.falls_back:
                self._load(engine_choice().model)
        except EngineError as error:
            raise CommandError(str(error)) from error
        if settings.SECOND_PASS_MODEL and elsewhere is None:
            try:
                self._load(wanted_model(settings.SECOND_PASS_MODEL))
            except EngineError as error:
                raise CommandError(f"SECOND_PASS_MODEL: {error}") from error

    def _say_what_is_left(self, elsewhere: Service) -> None:
        try:
            until = used_up_until(elsewhere, valkey(), timezone.now())
        except RedisError:
            return
        if until is not None:
            self.stdout.write(
                f"As much as REMOTE_SECONDS_PER_DAY allows ({elsewhere.seconds_per_day} s) was sent today: "
                f"nothing more is sent until {until:%Y-%m-%d %H:%M} UTC."
            )

    def _probe(self) -> None:
        elsewhere, wanted = service(), wanted_model()
        is_needed = elsewhere is None or elsewhere.falls_back
        files = files_of(wanted)
        found = files.probe(wanted) if is_needed else None
        self.stdout.write(
            json.dumps(
                {
                    "model": elsewhere.writer if elsewhere else files.name_of(wanted),
                    "path": found.path if found else "",
                    "origin": found.origin if found else "",
                    "cached": found is not None or not is_needed,
                }
            )
        )

    def _load(self, wanted: Wanted) -> None:
        files = files_of(wanted)
        found = files.find(wanted)
        located = found or files.locate(wanted, _Meter(self, files.name_of(wanted)))
        started = time.monotonic()
        engine = whisper(engine_choice(), located)
        seconds = time.monotonic() - started
        self.stdout.write(
            f"The model {engine.name} runs on {engine.device} "
            f"(loaded in {seconds:.1f} s from {located.path}, {_where_from(located.origin, new=found is None)})."
        )


def _where_from(origin: Origin, *, new: bool) -> str:
    if origin == "folder":
        return "a path on this machine"
    return f"downloaded from the {origin} now" if new else f"the cache; downloaded from the {origin} before"


class _Meter:
    """Shows the progress of a download on standard error: on a terminal in one line, else a line for every 10 %."""

    def __init__(self, command: BaseCommand, name: str) -> None:
        self._command = command
        self._name = name
        self._shown = -1

    def __call__(self, done: int, total: int) -> None:
        percent = 100 * done // total
        live = sys.stderr.isatty()
        step = percent if live else percent // 10
        if step == self._shown:
            return
        self._shown = step
        line = f"Downloading the model {self._name}: {percent} % of {total / MEGABYTE:.0f} MB"
        ending = "\n" if percent == 100 or not live else ""
        self._command.stderr.write(f"\r{line}" if live else line, lambda text: text, ending)
