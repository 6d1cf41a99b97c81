"""Sends recordings through the live path of an audio worker in real time; measures delays, accuracy and cost.

`--json OUT` writes one object:

    {"machine": {…},
     "runs": [{"system": "live" or the name of another program, "model", "streams", "webrtc", "recordings",
        "unfinished", "audio_s", "timed_words",
        "shown_s", "stable_s", "final_s", "first_word_s", "pause_stable_s": each {"p50", "p95", "p99"} in seconds,
        "longest_stable_s", "rewritten_stable", "rewritten_stable_per_10_min", "vanished_words",
        "word_errors", "formatted_errors": {group: {"ours", "whole_file": {"errors", "words", "rate"}}},
        "row_borders": {"ours", "whole_file_segments", "whole_file_sentences": {"precision", "recall", "f1", …}},
        "formatted_errors_against_whole", "row_borders_against_whole", "lost_words", "doubled_words",
        "decode_s_per_audio_s": {"partial", "final"} or null, "cpu_s_per_audio_s", "rss_mb",
        "loop_lag_ms": {"p50", "p99"}, "each": [one object for each recording]}],
     "capacity": {system: the largest number of streams without overload},
     "noise": [{"name", "minutes", "rows", "texts", "partials"}]}

With --soak it writes no runs, but "soak": the result of a session of many hours, faster than real time; with --webrtc
too, its sound arrives as packets over a bad network.

Unknown values are null. If matplotlib is installed, an SVG of the runs is written beside OUT. docs/benchmarks.md
explains each figure.
"""

import asyncio
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...asr.engine.base import EngineError
from ...benchmarks.benchmark import Plan, benchmark, soak_all
from ...benchmarks.errors import BenchError
from ...benchmarks.options import add_corpus, config_of, corpus, kept, numbers, peers
from ...benchmarks.plot import draw
from ...benchmarks.report import line
from ...benchmarks.write_figures import write_figures
from ...jobs.speech_settings import endpoint_settings
from ...speech.vad import VadError


class Command(BaseCommand):
    help = "Measures the live path on recorded speech, in real time: delays, errors, cost and capacity."
    # It needs neither PostgreSQL nor Valkey.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_corpus(parser)
        parser.add_argument("--model", default="", help="A name or a folder; default: WHISPER_MODEL.")
        parser.add_argument("--streams", type=numbers, default=[1], help="Streams at once (default: 1).")
        parser.add_argument(
            "--lane-seconds",
            type=float,
            metavar="SECONDS",
            help="How long each of several streams speaks (default: every recording once).",
        )
        parser.add_argument(
            "--webrtc", action="store_true", help="Speak over WebRTC, from a process of its own."
        )
        parser.add_argument("--capacity", action="store_true", help="Search for the most streams.")
        parser.add_argument("--most", type=int, default=64, help="Where that search ends (default: 64).")
        parser.add_argument("--detect", action="store_true", help="Do not say in which language they speak.")
        parser.add_argument("--peer", type=peers, default=[], help="Other programs too, or all.")
        parser.add_argument(
            "--noise",
            type=float,
            default=0.0,
            metavar="MINUTES",
            help="Then play so much of each sound that nobody speaks in.",
        )
        parser.add_argument(
            "--soak",
            type=float,
            metavar="HOURS",
            help="So long a session with the first recording instead, without a model, in haste.",
        )
        parser.add_argument("--json", type=Path, required=True, metavar="OUT", help="Where to write figures.")

    def handle(self, *args: Any, **options: Any) -> None:
        failures: list[str] = []

        def say(sentence: str) -> None:
            failures.append(sentence)
            self.stdout.write(sentence)

        try:
            recordings = corpus(options)
            if options["soak"]:
                found = asyncio.run(
                    soak_all(
                        recordings[0],
                        endpoint_settings(),
                        options["soak"],
                        lambda hours: self.stdout.write(f"{hours:.2f} h"),
                        packets=options["webrtc"],
                    )
                )
                self.stdout.write(json.dumps(found["soak"], indent=1))
            else:
                plan = Plan(
                    recordings=recordings,
                    recogniser=config_of(options["model"]),
                    endpoints=endpoint_settings(),
                    kept=kept(),
                    streams=options["streams"],
                    webrtc=options["webrtc"],
                    capacity=options["capacity"],
                    most=options["most"],
                    lane_seconds=options["lane_seconds"],
                    tell_language=not options["detect"],
                    peers=options["peer"],
                    noise_minutes=options["noise"],
                )
                found = asyncio.run(benchmark(plan, lambda run: self.stdout.write(line(run)), say))
        except (BenchError, EngineError, VadError) as error:
            raise CommandError(str(error)) from error
        for system, streams in found["capacity"].items():
            self.stdout.write(f"Capacity, {system}: {streams} streams.")
        self._write(options["json"], found)
        if not found["runs"] and not options["soak"]:
            raise CommandError(" ".join(failures))

    def _write(self, path: Path, found: dict[str, Any]) -> None:
        write_figures(path, found)
        picture = path.with_suffix(".svg")
        try:
            if not found["runs"]:
                return
            if draw(found["runs"], picture):
                self.stdout.write(f"Drawn in {picture}.")
            else:
                self.stdout.write("For a picture too, install the extra `bench` (matplotlib).")
        except OSError as error:
            raise CommandError(f"{error.filename or picture} cannot be written: {error.strerror}.") from error
