import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ...asr.engine.base import EngineError, ParallelEngine
from ...asr.engine.choice import for_files
from ...asr.offline.batched import BATCH, transcribe
from ...asr.offline.bounded import BoundedSound
from ...asr.offline.decoder import DecodeRequest
from ...asr.offline.media_error import MediaError
from ...core.media_names import title_of
from ...core.recorded import recorded_at
from ...jobs.speech_settings import endpoint_settings, engine_choice
from ...speech.ring import Samples
from ...speech.vad import VadError, VadModel
from ...transcripts.export import FORMATS, Transcript, render

# Formats that can be written to standard output.
_TEXT_FORMATS = sorted(name for name, format in FORMATS.items() if format.is_text)
# Only operators can run commands, so the limit for uploads does not apply.
_ANY_LENGTH = 1000 * 3600.0


class Command(BaseCommand):
    help = "Writes down what is said in a sound or video file, on standard output."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="Any file that FFmpeg reads.")
        parser.add_argument("--format", choices=_TEXT_FORMATS, default="txt", help="Default: txt.")
        parser.add_argument("--model", default="", help="A name or a folder; default: WHISPER_MODEL.")
        parser.add_argument(
            "--track", type=int, default=0, help="An audio track by its number; default: as a player chooses."
        )
        parser.add_argument("--language", default=None, help="A code such as en; default: WHISPER_LANGUAGE.")

    def handle(self, *args: Any, **options: Any) -> None:
        language = settings.WHISPER_LANGUAGE if options["language"] is None else options["language"]
        show = options["verbosity"] > 1 or sys.stderr.isatty()
        try:
            path = os.fsencode(options["file"])
            name = path.decode(errors="backslashreplace")
            with BoundedSound(DecodeRequest(path, name, _ANY_LENGTH, track=options["track"])) as media:
                engine = self._engine(options["model"])
                passages = transcribe(
                    self._watched(media) if show else media.sound(),
                    engine,
                    VadModel(),
                    endpoint_settings(),
                    language=language,
                    batch=BATCH,
                )
                self._write(
                    options["format"],
                    Transcript(
                        title_of(options["file"].name), language, self._date(media, options["file"]), passages
                    ),
                )
                if media.missing:
                    self.stderr.write(f"{options['file']} has gaps: {media.missing:.1f} s could not be read.")
                elif media.broke_off:
                    self.stderr.write(f"{options['file']} could not be read after {media.position:.1f} s.")
                self._tell_tracks(media)
        except (EngineError, MediaError, VadError) as error:
            raise CommandError(str(error)) from error

    def _date(self, media: BoundedSound, path: Path) -> datetime:
        """When the file was recorded, as it says, else when it was changed."""
        now, zone = timezone.now(), timezone.get_default_timezone()
        found = (recorded_at(text, zone, now) for text in media.about.dates)
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return timezone.localtime(next((each for each in found if each), changed))

    def _tell_tracks(self, media: BoundedSound) -> None:
        about = media.about
        others = [each.number for each in about.tracks if each != about.track]
        if others:
            self.stderr.write(
                f"This is track {about.track.number} of {about.many}. With --track there is also "
                f"{' or '.join(map(str, others))}."
            )

    def _engine(self, model: str) -> ParallelEngine:
        # That loads the inference library, which takes time and is useless for an unreadable file.
        return for_files(replace(engine_choice(model), language="")).engine

    def _write(self, name: str, transcript: Transcript) -> None:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8")
        try:
            for piece in render(name, transcript):
                self.stdout.write(piece, ending="")
                self.stdout.flush()
        except BrokenPipeError:
            # The reader of the pipe has closed it; without this, flushing at exit would fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _watched(self, media: BoundedSound) -> Iterator[Samples | int]:
        """Yields the sound and shows its progress on standard error."""
        live = sys.stderr.isatty()
        shown = -1
        for piece in media.sound():
            at = int(media.position)
            step = at if live else at // 60
            if step != shown:
                shown = step
                percent = (
                    f" ({min(100 * media.position / expected, 100):.0f} %)"
                    if (expected := media.about.seconds)
                    else ""
                )
                line = f"{at // 60}:{at % 60:02d}{percent}"
                self.stderr.write(f"\r{line}  " if live else line, lambda text: text, "" if live else "\n")
            yield piece
        if live:
            self.stderr.write("\r", lambda text: text, "")
