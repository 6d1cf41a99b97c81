"""Faults of the machines: too little processor time, full disks, a clock that jumps, a certificate that expires."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.faults import clock
from tests.faults.disks import small_disk
from tests.faults.faults import fault
from tests.faults.product import CACHE
from tests.faults.scene import NotMeasured, Scene

_BUSY_SECONDS = 30
_FULL_SECONDS = 20
_DISK = CACHE / "disk"
_PIECE = b"x" * (1 << 16)


def _no_mount() -> str:
    return "" if os.geteuid() == 0 else "It needs root, to mount a small disk."


@fault("Processors asked for twice what they can")
def overload(scene: Scene) -> None:
    """As many busy processes more as there are processors, twice, for 30 s."""
    scene.mid_word()
    command = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(command) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        scene.wait(_BUSY_SECONDS)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    scene.cause_gone()


@fault(
    "Disk for sound full for 20 s",
    settings={"SOUND_DIR": str(_DISK)},
    around=lambda: small_disk(_DISK, "4m"),
    missing=_no_mount,
)
def sound_disk_full(scene: Scene) -> None:
    _fill(scene, _DISK)


@fault(
    "Server's disk full for 20 s",
    settings={"VAR_DIR": str(_DISK)},
    around=lambda: small_disk(_DISK, "512m"),
    missing=_no_mount,
)
def server_disk_full(scene: Scene) -> None:
    """Everything is on it: PostgreSQL, Valkey, sentences that wait, and sound."""
    _fill(scene, _DISK)


@fault("Browser's disk full for 20 s", missing=_no_mount, profile_size="96m")
def browser_disk_full(scene: Scene) -> None:
    _fill(scene, scene.listener.profile)


@fault(
    "Server's clock jumps by an hour",
    settings=clock.SETTINGS,
    around=clock.jumping_clock,
    missing=clock.missing,
)
def clock_jumps(scene: Scene) -> None:
    """The wall clock of all its processes, of PostgreSQL and Valkey too: forward, and back after 20 s."""
    scene.mid_word()
    _jump(scene, 3600)
    scene.wait(20)
    _jump(scene, 0)
    scene.cause_gone()


@fault("Certificate expired for 30 s", road="tls")
def certificate(scene: Scene) -> None:
    """New connections are refused by the browser until there is a new one; those that stood are cut once."""
    front = scene.front
    assert front is not None
    scene.mid_word()
    front.expire()
    scene.wait(30)
    if not front.asked or front.passed:
        raise NotMeasured(
            f"The expired certificate was met {front.asked} times; {front.passed} bytes passed."
        )
    front.renew()
    scene.cause_gone()


def _jump(scene: Scene, seconds: int) -> None:
    """Lets the product's clock be ahead. Raises NotMeasured if it is not."""
    clock.set_ahead(seconds)
    (told,) = scene.product.rows("SELECT extract(epoch FROM clock_timestamp())")[0]
    if abs(float(told) - time.time() - seconds) > 60:
        raise NotMeasured("The clock of PostgreSQL did not jump.")


def _fill(scene: Scene, folder: Path) -> None:
    """Leaves no byte free there for a while. Raises NotMeasured if something was left."""
    file = folder / "ballast"
    scene.mid_word()
    deadline = time.monotonic() + _FULL_SECONDS
    try:
        with file.open("ab", buffering=0) as ballast:
            while time.monotonic() < deadline:
                with suppress(OSError):
                    while ballast.write(_PIECE):
                        pass
                # What others give up is taken, too.
                scene.wait(0.2)
        free = shutil.disk_usage(folder).free
        if free > len(_PIECE):
            raise NotMeasured(f"{free} bytes were free.")
    finally:
        file.unlink(missing_ok=True)
    scene.cause_gone()
