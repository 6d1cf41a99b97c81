"""Faults of processes: killed in the middle of a word, or all of them started again."""

from tests.faults.faults import fault
from tests.faults.scene import Scene
from tests.processes import until


@fault("Nothing happens")
def nothing(scene: Scene) -> None:
    scene.mid_word()
    scene.wait(10)
    scene.cause_gone()


@fault("Recogniser killed")
def recogniser(scene: Scene) -> None:
    _kill(scene, "recogniser")


@fault("Audio worker killed")
def audio_worker(scene: Scene) -> None:
    _kill(scene, "audioworker")


@fault("Web killed")
def web(scene: Scene) -> None:
    _kill(scene, "web")


@fault("All Celery workers killed")
def celery(scene: Scene) -> None:
    _kill(scene, "celery")


@fault("PostgreSQL killed")
def postgres(scene: Scene) -> None:
    _kill(scene, "postmaster")


@fault("Valkey killed")
def valkey(scene: Scene) -> None:
    _kill(scene, "valkey")


@fault("Everything stopped and started again")
def restart(scene: Scene) -> None:
    scene.mid_word()
    scene.product.stop()
    _start_again(scene)


@fault("Everything killed and started again")
def kill_all(scene: Scene) -> None:
    scene.mid_word()
    scene.product.kill_all()
    _start_again(scene)


def _kill(scene: Scene, name: str) -> None:
    """The cause is gone when another process is there, started by the launcher, and the product is ready."""
    before = scene.product.processes(name)
    assert before, f"there is no {name}"
    scene.mid_word()
    scene.product.kill(name)
    numbers = {process.pid for process in before}

    def is_back() -> bool:
        scene.wait(0.05)
        now = {process.pid for process in scene.product.processes(name)}
        return len(now) >= len(numbers) and not now & numbers and scene.product.is_ready()

    until(is_back, f"{name} is there again", 180)
    scene.cause_gone()


def _start_again(scene: Scene) -> None:
    scene.wait(5)
    scene.product.start()

    def is_ready() -> bool:
        scene.wait(0.2)
        return scene.product.is_ready()

    until(is_ready, "the product is ready again", 300)
    scene.cause_gone()
