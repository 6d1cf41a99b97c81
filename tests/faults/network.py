"""Faults of the network between the browser and the product, on a link of their own (`link.py`)."""

from tests.faults.faults import fault
from tests.faults.link import CUT, GOOD, Link, Rules, missing
from tests.faults.scene import NotMeasured, Scene

_BAD_SECONDS = 40


@fault("WebSocket cut for 60 s", road="link", missing=missing)
def socket_cut(scene: Scene) -> None:
    """Nothing of TCP passes, in either direction; the sound does."""
    scene.mid_word()
    _bad(scene, Rules(blocked=("tcp",)), 60)


@fault("The browser's address changes", road="link", missing=missing)
def address_changes(scene: Scene) -> None:
    scene.mid_word()
    _link(scene).change_address()
    scene.cause_gone()


@fault("10 % loss, 100 ms jitter", road="link", missing=missing)
def loss_10(scene: Scene) -> None:
    scene.mid_word()
    _bad(scene, Rules(loss=0.1, jitter_ms=100), _BAD_SECONDS)


@fault("20 % loss, 100 ms jitter", road="link", missing=missing)
def loss_20(scene: Scene) -> None:
    scene.mid_word()
    _bad(scene, Rules(loss=0.2, jitter_ms=100), _BAD_SECONDS)


@fault("30 % loss, 100 ms jitter", road="link", missing=missing)
def loss_30(scene: Scene) -> None:
    scene.mid_word()
    _bad(scene, Rules(loss=0.3, jitter_ms=100), _BAD_SECONDS)


@fault("UDP blocked in mid-session", road="link", missing=missing)
def udp_blocked(scene: Scene) -> None:
    """For the rest of the dictation: live text has to find another way."""
    scene.mid_word()
    _link(scene).set(Rules(blocked=("udp",)))
    scene.cause_gone()
    scene.wait(5)
    _expect_blocked(scene)


@fault("UDP blocked from the start", road="link", missing=missing, rules=Rules(blocked=("udp",)))
def no_udp(scene: Scene) -> None:
    scene.mid_word()
    scene.cause_gone()
    _expect_blocked(scene)


@fault("Offline for 2 minutes", road="link", missing=missing)
def offline(scene: Scene) -> None:
    scene.mid_word()
    _bad(scene, CUT, 120)


@fault("Offline for 10 minutes", road="link", missing=missing, is_long=True)
def offline_long(scene: Scene) -> None:
    scene.mid_word()
    _bad(scene, CUT, 600)


def _bad(scene: Scene, rules: Rules, seconds: float) -> None:
    """Makes the link worse for a while. Raises NotMeasured if no packet suffered."""
    link = _link(scene)
    before = link.passed()
    link.set(rules)
    scene.wait(seconds)
    link.set(GOOD)
    scene.cause_gone()
    after = link.passed()
    if all(after.get(what, 0) == before.get(what, 0) for what in ("dropped", "blocked")):
        raise NotMeasured("The link lost nothing.")


def _expect_blocked(scene: Scene) -> None:
    if not _link(scene).passed().get("blocked"):
        raise NotMeasured("No packet was blocked.")


def _link(scene: Scene) -> Link:
    assert scene.link is not None
    return scene.link
