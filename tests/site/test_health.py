import asyncio
from pathlib import Path
from typing import Any

from celery.signals import heartbeat_sent

from tests.processes import free_port
from whisperstream_site import alive
from whisperstream_site.health import problem


async def test_a_role_without_a_port_is_healthy_while_it_can_work(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "alive"
    settings.ALIVE_FILE = str(file)
    environment = {"ALIVE_FILE": str(file), "PORT": "1"}
    loading = asyncio.create_task(alive.keep(lambda: False))
    await asyncio.sleep(0)
    assert "is not there yet" in problem(environment, 0)
    working = asyncio.create_task(alive.keep())
    await asyncio.sleep(0)
    touched = file.stat().st_mtime
    assert problem(environment, touched + 59) == ""
    assert problem(environment, touched + 61) == f"{file} was last touched 61 s ago."
    loading.cancel()
    working.cancel()


def test_a_heartbeat_of_celery_is_a_sign_of_life(settings: Any, tmp_path: Path) -> None:
    import whisperstream_site.celery  # noqa: F401

    settings.ALIVE_FILE = str(tmp_path / "alive")
    heartbeat_sent.send(sender=None)
    assert problem({"ALIVE_FILE": settings.ALIVE_FILE}, (tmp_path / "alive").stat().st_mtime) == ""


def test_a_web_process_answers(live_server: Any) -> None:
    port = live_server.url.rpartition(":")[2]
    assert problem({"PORT": port}, 0) == ""


def test_nobody_answers() -> None:
    port = free_port()
    assert problem({"PORT": str(port)}, 0).startswith(f"Port {port} does not answer: ")


def test_without_a_file_nothing_is_touched(settings: Any) -> None:
    settings.ALIVE_FILE = ""
    alive.touch()
