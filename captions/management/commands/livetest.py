"""Sends sound files to a running server as a browser would, in real time, and measures the text that comes back.

`--json OUT` writes one object:

    {"url": str, "ok": bool, "beside_speed": null or the seconds of pushed sound heard in a second, "streams": [{
        "file": str, "session": uuid or "", "road": "webrtc" or "websocket",
        "ok": bool, "error": null or a sentence, "audio_ms": int,
        "setup_ms": {"ready", "offered", "answered", "live"},    since the request for the session; steps reached only
        "text": the finals in the order of time,
        "wer": null without FILE's .json, or {"errors", "words", "rate"},
        "latency_ms": {"word_to_shown", "word_to_stable", "speech_to_final"},
            each {"count", "p50", "p95", "longest"}: from the end of a correctly recognised word until it is first
            shown and first stable; from the end of an utterance's speech to its final
        "finals": {"received", "missing": [seq], "doubled": [seq], "changed": [seq]},
        "stable_broken": stable words that changed, case and punctuation aside,
        "corrected": finals that differ from their stable text,
        "events": [{"at_ms": arrival in milliseconds since the sound began, negative before that, "type", …}]}]}

FILE.json holds `{"words": [{"text", "start_ms", "end_ms"}…]}`, and may hold `"sentences": [{"text"…}…]`.
"""

import asyncio
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...benchmarks.livetest.errors import LivetestError
from ...benchmarks.livetest.report import table
from ...benchmarks.livetest.run import Outcome, Plan, run
from ...benchmarks.write_figures import write_figures


class Command(BaseCommand):
    help = "Speaks sound files into a running server, in real time, and reports text and delays."
    # It is a client and needs neither the stores nor the models of this installation.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="Any sound file.")
        parser.add_argument(
            "--url", default="http://127.0.0.1:8000", help="The server (default %(default)s)."
        )
        parser.add_argument("--username", required=True, help="Its password is read from LIVETEST_PASSWORD.")
        parser.add_argument("--streams", type=int, help="Sessions at once (default: one for each FILE).")
        parser.add_argument(
            "--language", default="", help="A code such as en (default: the server's choice)."
        )
        parser.add_argument("--relay", action="store_true", help="Connect through TURN only.")
        parser.add_argument(
            "--websocket",
            action="store_true",
            help="Beside each stream over WebRTC, another one over a WebSocket speaks the same.",
        )
        parser.add_argument(
            "--beside",
            type=float,
            default=0.0,
            metavar="SECONDS",
            help="Meanwhile a program pushes so much of the same sound at once, with the API token in LIVETEST_TOKEN.",
        )
        parser.add_argument("--json", type=Path, metavar="OUT", help="Write all measurements to this file.")

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("LIVETEST_PASSWORD")
        if not password:
            raise CommandError(f"Set LIVETEST_PASSWORD to the password of {options['username']}.")
        streams = len(options["files"]) if options["streams"] is None else options["streams"]
        if streams < 1:
            raise CommandError("--streams must be at least 1.")
        token = os.environ.get("LIVETEST_TOKEN", "")
        if options["beside"] and not token:
            raise CommandError("Set LIVETEST_TOKEN to an API token with the scope live.")
        plan = Plan(
            files=options["files"],
            url=options["url"],
            username=options["username"],
            password=password,
            streams=streams,
            language=options["language"],
            relay=options["relay"],
            websocket=options["websocket"],
            beside_seconds=options["beside"],
            token=token,
        )
        try:
            outcome = asyncio.run(run(plan))
        except LivetestError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(table(outcome.streams))
        if outcome.beside_speed is not None:
            self.stdout.write(
                f"\nBeside them {outcome.beside_speed:.1f} s of pushed sound were heard in a second."
            )
        if options["json"]:
            self._write(options["json"], plan.url, outcome)
        if not outcome.ok:
            raise CommandError("The live test failed.")

    def _write(self, path: Path, url: str, outcome: Outcome) -> None:
        result = {
            "url": url,
            "ok": outcome.ok,
            "beside_speed": outcome.beside_speed and round(outcome.beside_speed, 3),
            "streams": [report.as_json() for report in outcome.streams],
        }
        write_figures(path, result)
