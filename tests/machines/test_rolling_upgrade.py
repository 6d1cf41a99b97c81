"""Every role of both machines is replaced under live dictations. STREAMS says how many there are.

UPGRADE_FROM may name a commit, with whose code all begins; else the new version is the old one.
"""

from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.e2e.product import Product
from tests.machines.cluster import CELERY, Cluster
from tests.machines.conftest import Speaker
from tests.machines.test_two_machines import SKEWS, SPEECH, STREAMS, dictate, sound, spoken, until_whole
from tests.processes import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not STREAMS, reason="STREAMS does not say how many dictations there are to be."),
]


def upgrade(cluster: Cluster, product: Product) -> None:
    """Brings the database to this version, and then every role of every machine, one after the other."""
    product.version = REPOSITORY
    product.manage("prepare")
    for host in cluster.hosts.values():
        host.version = REPOSITORY
        for role in (*CELERY, "web", "audioworker"):
            host.replace(role)
        cluster.until_workers(len(cluster.hosts))


@pytest.mark.parametrize("place", ["folder", "bucket"])
def test_nothing_is_lost_and_all_sound_is_kept(
    cluster: Cluster, product: Product, speaker: Speaker, tmp_path: Path, place: str
) -> None:
    storage = cluster.store_sound_in_a_bucket() if place == "bucket" else {}
    places = {"WORKER_SESSIONS": str(2 * STREAMS)}
    hosts = [cluster.add_host(name, skew_seconds=skew, **storage, **places) for name, skew in SKEWS.items()]
    cluster.open()
    product.url = cluster.url
    for host in hosts:
        host.start("web", "audioworker", *CELERY)
    cluster.until_workers(2)
    pages = dictate(speaker(sound(*SPEECH)), product, cluster, STREAMS, "maren")
    for page in pages:
        page.expect_finals(1)
    upgrade(cluster, product)
    for page in pages:
        until_whole(product, page, spoken(*SPEECH))

    def kept() -> list[str]:
        with product.database() as connection:
            query = "SELECT file FROM captions_recording WHERE file <> '' AND duration_ms > 80000"
            return [name for (name,) in connection.execute(query).fetchall()]

    until(lambda: len(kept()) == STREAMS, "the sound of each dictation is one recording", 240)
    folder = tmp_path / ("s3/recordings" if storage else "shared/sound/kept")
    assert all((folder / name).stat().st_size > 100_000 for name in kept())
