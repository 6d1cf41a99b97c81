"""Two machines are as good as one: no word is lost when one is upgraded, and when one dies."""

import os

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from captions.benchmarks.livetest.wer import normalise
from tests.e2e.conftest import Dictation, log_in
from tests.e2e.product import Product
from tests.machines.cluster import Cluster, Host
from tests.machines.conftest import Speaker
from tests.processes import until
from tests.speech_data import Pcm, load_pcm, load_reference

# They take a machine of their own: a browser that has to wait for the processor loses sound before anybody gets it.
STREAMS = int(os.environ.get("STREAMS", "0"))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not STREAMS, reason="STREAMS does not say how many dictations there are to be."),
]

# The clocks of the two machines differ by almost half a minute.
SKEWS = {"north": 14.0, "south": -14.0}
SPEECH = ("note-en-us", "note-en-gb", "note-f2", "fast-m3")


def sound(*recordings: str) -> Pcm:
    return np.concatenate(list(map(load_pcm, recordings)))


def spoken(*recordings: str) -> list[str]:
    """The words of the recordings, without the marks that some references have in place of a word."""
    return [
        part
        for recording in recordings
        for word in load_reference(recording).words
        for part in normalise(word.text)
    ]


def written(product: Product, session: str) -> list[str]:
    return [word for *_, text in product.finals(session) for word in normalise(text)]


def dictate(browser: Browser, product: Product, cluster: Cluster, count: int, who: str) -> list[Dictation]:
    """So many pages of one new person that listen."""
    first = log_in(browser, product, product.add_user(who))
    pages = [first]
    for _ in range(count - 1):
        page = first.page.context.new_page()
        page.goto(f"{cluster.url}/")
        pages.append(Dictation(page))
    # A microphone whose own machine is busy loses sound that no server ever gets. Chromium gives the processes of its
    # pages a niceness of their own, so that they have to be there already.
    cluster.client.favour()
    for each in pages:
        each.press("Start")
    for each in pages:
        expect(each.status).to_have_text("Listening")
    return pages


def held_by(cluster: Cluster, host: Host) -> int:
    """How many sessions are held on a machine."""
    pid = host.roles["audioworker"].pid
    return sum(f".{pid}." in holder for holder in cluster.holders())


def waits(product: Product) -> bool:
    """Whether speech has yet to be recovered."""
    with product.database() as connection:
        row = connection.execute(
            "SELECT EXISTS (SELECT FROM captions_missed WHERE due_at IS NOT NULL)"
        ).fetchone()
    return bool(row and row[0])


def until_whole(product: Product, page: Dictation, words: list[str]) -> None:
    """Waits until nothing waits to be delivered or recovered, and compares the text with what was said."""
    missing = page.log.locator(".missing, .waiting")

    def is_whole() -> bool:
        # What the device still holds shows nowhere, so the words themselves say when nothing is under way.
        return (
            len(written(product, page.session)) >= len(words) and not missing.count() and not waits(product)
        )

    try:
        until(is_whole, "every word", 120)
    except AssertionError as error:
        found = product.finals(page.session), missing.all_inner_texts()
        raise AssertionError(f"It is not whole: {found}") from error
    page.stop()
    assert " ".join(written(product, page.session)) == " ".join(words), product.finals(page.session)
    assert " ".join(word for row in page.rows() for word in normalise(row)) == " ".join(words)


def upgrade_one_and_lose_the_other(cluster: Cluster, product: Product) -> None:
    """Replaces the audio worker of one machine, and then takes the power from the other."""
    north, south = cluster.hosts["north"], cluster.hosts["south"]
    assert held_by(cluster, north) + held_by(cluster, south) == STREAMS
    # Whoever is there moves to the other machine while its worker is replaced.
    north.replace("audioworker")
    until(lambda: held_by(cluster, south) == STREAMS, "all are heard on the other machine")
    cluster.until_workers(2)
    # Nothing is under way there that would have to wait until its lease is over.
    until(lambda: not waits(product), "what was said meanwhile is written", 240)
    south.die()
    until(lambda: held_by(cluster, north) == STREAMS, "all are heard on the machine that is left")


def test_a_worker_is_upgraded_and_then_the_other_machine_dies(
    cluster: Cluster, product: Product, speaker: Speaker
) -> None:
    hosts = [cluster.add_host(name, skew_seconds=skew) for name, skew in SKEWS.items()]
    cluster.open()
    product.url = cluster.url
    for host in hosts:
        host.start("web", "audioworker", "celery", "gaps")
    cluster.until_workers(2)
    pages = dictate(speaker(sound(*SPEECH)), product, cluster, STREAMS, "maren")
    for page in pages:
        page.expect_finals(1)
    upgrade_one_and_lose_the_other(cluster, product)
    for page in pages:
        until_whole(product, page, spoken(*SPEECH))
