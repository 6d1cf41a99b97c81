"""Measures everything but recognition: many sessions on several audio workers, one PostgreSQL and one Valkey.

It starts an installation of its own in a temporary folder, whose audio workers have a scripted engine in place of a
model, and sessions that are pushed by programs and watched by pages, beside microphones over WebRTC that come and go.

`--json OUT` writes one object:

    {"machine": {…}, "sessions", "workers", "webs", "microphones", "seconds", "every_s",
     "offer_to_answer_ms", "offer_to_live_ms", "final_to_page_ms": each {"count", "p50", "p95", "longest"},
     "sentences_per_s": those that programs have pushed, "page_messages_per_s": those that all pages were told,
     "cores": {role: processor seconds in a second}, "rss_mb": {role: of all its processes},
     "valkey_commands_per_s", "valkey_connections", "valkey_mb", "transactions_per_s", "database_connections",
     "errors": [sentence]}
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError

from captions.benchmarks import machine, scripted
from captions.benchmarks.control.crowd import Counted, Crowd, Plan
from captions.benchmarks.control.installation import Installation, Moment, used
from captions.benchmarks.corpus import load
from captions.benchmarks.livetest.measure import spread
from captions.benchmarks.livetest.player import load_sound
from captions.benchmarks.write_figures import write_figures
from whisperstream_site.launcher.embedded import EmbeddedPostgres, EmbeddedValkey

_READY_SECONDS = 300
_LOOK_SECONDS = 0.5
_MANAGE = [sys.executable, "manage.py"]
_ROOT = Path(__file__).resolve().parents[3]
_NO_LIMIT = 100_000
# A sentence of the recording, in seconds.
_SENTENCE_SECONDS = (1.5, 5.0)


class Command(BaseCommand):
    help = "Measures signaling and the way of finals to pages with many sessions and a scripted recogniser."
    # It has an installation of its own.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("speech", type=Path, metavar="FILE", help="A sound file with a .json beside it.")
        parser.add_argument(
            "--model", required=True, metavar="FOLDER", help="Any Whisper model; it is not loaded."
        )
        parser.add_argument("--sessions", type=int, default=100, help="Default: %(default)s.")
        parser.add_argument("--workers", type=int, default=10, help="Audio workers (default: %(default)s).")
        parser.add_argument("--webs", type=int, default=2, help="Web processes (default: %(default)s).")
        parser.add_argument("--microphones", type=int, default=2, help="At once (default: %(default)s).")
        parser.add_argument(
            "--seconds", type=float, default=60, help="How long is measured (default: %(default)s)."
        )
        parser.add_argument(
            "--every",
            type=float,
            default=15,
            help="Seconds between two sentences of a session (default: %(default)s).",
        )
        parser.add_argument("--json", type=Path, metavar="OUT")

    def handle(self, *args: Any, **options: Any) -> None:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-control-")))
            folder.chmod(0o755)
            figures = asyncio.run(_measure(stack, folder, options))
        text = json.dumps(figures, indent=1)
        self.stdout.write(text)
        if options["json"]:
            write_figures(options["json"], figures)


async def _measure(stack: ExitStack, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    recording = load(options["speech"])
    postgres = EmbeddedPostgres(folder / "pg", options={"max_connections": "500"})
    valkey = EmbeddedValkey(folder / "vk", keep=False)
    stack.callback(postgres.stop)
    database_url = postgres.start("postgres")
    stack.callback(valkey.stop)
    redis_url = valkey.start()
    places = -(-options["sessions"] // options["workers"]) * 2 + options["microphones"]
    environment = {
        **os.environ,
        **scripted.environment([options["speech"].absolute()]),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "VAR_DIR": str(folder / "var"),
        "LOCAL": "yes",
        "WHISPER_MODEL": str(options["model"]),
        "WHISPER_CPU_THREADS": "1",
        "WHISPER_PARALLEL": "1",
        "WORKER_SESSIONS": str(places),
        "LOG_LEVEL": "warning",
    } | {
        f"LIMIT_{name}": str(_NO_LIMIT)
        for name in (
            "SESSIONS_PER_USER",
            "SOCKETS_PER_USER",
            "TOKEN_REQUESTS_PER_MINUTE",
            "TOKEN_REQUESTS_AT_ONCE",
        )
    }

    def manage(*arguments: str) -> str:
        done = subprocess.run(
            [*_MANAGE, *arguments], cwd=_ROOT, env=environment, capture_output=True, text=True
        )
        if done.returncode:
            raise CommandError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else arguments[0])
        return done.stdout

    admin = json.loads(manage("prepare"))
    token = manage("token", "--username", admin["admin"], "--scope", "live", "--keep-history").strip()
    ports = [_free_port() for _ in range(options["webs"])]
    roles: dict[str, int] = {}

    def start(name: str, role: str, **variables: str) -> None:
        log = stack.enter_context((folder / f"{name}.log").open("ab"))
        process = subprocess.Popen(
            [*_MANAGE, role],
            cwd=_ROOT,
            env=environment | variables,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        stack.callback(process.wait)
        stack.callback(process.kill)
        roles[name] = process.pid

    for number, port in enumerate(ports):
        start(f"web{number}", "web", PORT=str(port))
    for number in range(options["workers"]):
        start(f"audioworker{number}", "audioworker")
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    installation = Installation(roles, database_url, redis_url)
    await asyncio.to_thread(_until_ready, urls, installation, options["workers"])
    plan = Plan(
        urls=urls,
        username=admin["admin"],
        password=admin["password"],
        token=token,
        sessions=options["sessions"],
        microphones=options["microphones"],
        seconds=options["seconds"],
        every_seconds=options["every"],
        sentences=[recording.until(seconds).sound for seconds in _SENTENCE_SECONDS],
        microphone=load_sound(options["speech"])[: 48_000 * 6],
    )
    began: list[Moment] = []

    async def on_full() -> None:
        began.append(await asyncio.to_thread(installation.look))

    counted = await Crowd(plan).run(on_full)
    ended = await asyncio.to_thread(installation.look)
    return {
        "machine": machine.describe(),
        **{name: options[name] for name in ("sessions", "workers", "webs", "microphones", "seconds")},
        "every_s": options["every"],
        **_figures(counted, installation, options["seconds"]),
        **used(began[0], ended),
        "errors": sorted(set(counted.errors))[:20],
        "error_count": len(counted.errors),
    }


def _figures(counted: Counted, installation: Installation, seconds: float) -> dict[str, Any]:
    saved = installation.saved_at({session for session, _, _ in counted.finals})
    ways = [
        (at - saved[session, seq]) * 1000 for session, seq, at in counted.finals if (session, seq) in saved
    ]
    return {
        "offer_to_answer_ms": asdict(spread(counted.answers_ms)),
        "offer_to_live_ms": asdict(spread(counted.live_ms)),
        "final_to_page_ms": asdict(spread(ways)),
        "sentences_per_s": round(counted.pushed / seconds, 1),
        "page_messages_per_s": round(counted.messages / seconds, 1),
    }


def _until_ready(urls: list[str], installation: Installation, workers: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not _are_ready(urls) or installation.workers() < workers:
        if time.monotonic() > deadline:
            raise CommandError("The installation did not become ready.")
        time.sleep(_LOOK_SECONDS)


def _are_ready(urls: list[str]) -> bool:
    try:
        answers = [httpx.get(f"{url}/readyz", trust_env=False).json() for url in urls]
        return all(answer["ready"] and answer["worker"] == "ok" for answer in answers)
    except (httpx.HTTPError, ValueError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
