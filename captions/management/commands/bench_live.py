"""Speaks recordings into the worker's own path in real time and measures delays, faithfulness and cost.

`--json OUT` writes one object:

    {"machine": {…},
     "runs": [{"policy": "live" or "naive", "model", "streams", "webrtc",
        "shown_s", "stable_s", "final_s": each {"p50", "p95", "p99"}: seconds from the end of a word until it was first
            shown and until it was stable, from the end of an utterance's speech until its final,
        "wer_live", "wer_offline": word error rates, 0 to 1, of the finals and of the same model on the same sound
            without a clock,
        "rewritten_stable", "corrected_stable", "lost_words", "doubled_words": counts,
        "decode_s_per_audio_s": {"partial", "final"}, "cpu_s_per_audio_s": per second of sound of one stream,
        "rss_mb": worker and recogniser, "loop_lag_ms": {"p50", "p99"}}],
     "capacity": {policy: the largest number of streams that is carried}}

With --soak it writes no runs, but "soak": what hours of a session in haste came to; with --webrtc too, as packets that
come in on a bad network.

What cannot be known is null. Beside OUT an SVG of the runs is written where matplotlib is installed.
docs/benchmarks.md says more of each figure.
"""

import asyncio
import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...bench.benchmark import Plan, benchmark, soak_all, with_model
from ...bench.errors import BenchError
from ...bench.plot import draw
from ...bench.report import line
from ...engines.base import EngineError
from ...speech.vad import VadError
from ...worker.speech_settings import endpoint_settings, recogniser_config
from ..figures import write_figures

_POLICIES = ("live", "naive")


def _numbers(text: str) -> list[int]:
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 1:
        raise ArgumentTypeError(f"{text!r} is not a list of numbers such as 1,4,8.")
    return numbers


def _policies(text: str) -> list[str]:
    names = text.split(",")
    if not set(names) <= set(_POLICIES):
        raise ArgumentTypeError(f"{text!r} is not a list of policies: {', '.join(_POLICIES)}.")
    return names


class Command(BaseCommand):
    help = "Measures the live path on recorded speech, in real time: delays, errors, cost and capacity."
    # Neither store plays a part.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--audio", nargs="+", type=Path, required=True, metavar="FILE", help="Sound, with FILE.json."
        )
        parser.add_argument(
            "--model", default="", help="A name, a folder or shape:tiny; default: WHISPER_MODEL."
        )
        parser.add_argument("--streams", type=_numbers, default=[1], help="Streams at once (default: 1).")
        parser.add_argument("--policy", type=_policies, default=["live"], help="live, naive or both.")
        parser.add_argument(
            "--webrtc", action="store_true", help="Speak over WebRTC, from a process of its own."
        )
        parser.add_argument("--capacity", action="store_true", help="Search for the most streams.")
        parser.add_argument("--most", type=int, default=64, help="Where that search ends (default: 64).")
        parser.add_argument("--seconds", type=float, help="Only the first seconds of each FILE.")
        parser.add_argument("--language", default="en", help="Default: en; empty to detect it.")
        parser.add_argument(
            "--soak",
            type=float,
            metavar="HOURS",
            help="So long a session instead, without a model, in haste.",
        )
        parser.add_argument("--json", type=Path, required=True, metavar="OUT", help="Where to write figures.")

    def handle(self, *args: Any, **options: Any) -> None:
        config = recogniser_config()
        plan = Plan(
            files=options["audio"],
            streams=options["streams"],
            policies=options["policy"],
            recogniser=with_model(config, options["model"]) if options["model"] else config,
            endpoints=endpoint_settings(),
            language=options["language"],
            webrtc=options["webrtc"],
            capacity=options["capacity"],
            most=options["most"],
            seconds=options["seconds"],
        )
        failures: list[str] = []
        try:
            if options["soak"]:
                found = asyncio.run(soak_all(plan, options["soak"], self._pass))
                self.stdout.write(json.dumps(found["soak"], indent=1))
            else:
                found = asyncio.run(
                    benchmark(plan, lambda run: self.stdout.write(line(run)), failures.append)
                )
        except (BenchError, EngineError, VadError) as error:
            raise CommandError(str(error)) from error
        for policy, streams in found["capacity"].items():
            self.stdout.write(f"Capacity, {policy}: {streams} streams.")
        self._write(options["json"], found)
        if failures and not plan.capacity:
            raise CommandError(" ".join(failures))

    def _pass(self, hours: float) -> None:
        self.stdout.write(f"{hours:.2f} h")

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
