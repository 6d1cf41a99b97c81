"""Faults of the stores: away for a while, as a machine that hangs or is updated."""

from tests.faults.faults import fault
from tests.faults.scene import Scene

AWAY_SECONDS = 30


@fault("PostgreSQL away for 30 s")
def postgres_away(scene: Scene) -> None:
    _away(scene, "postmaster")


@fault("Valkey away for 30 s")
def valkey_away(scene: Scene) -> None:
    _away(scene, "valkey")


def _away(scene: Scene, name: str) -> None:
    """It stands still, which is worse than an end: connections stay, and nothing answers."""
    scene.mid_word()
    with scene.product.frozen(name):
        scene.wait(AWAY_SECONDS)
    scene.cause_gone()
