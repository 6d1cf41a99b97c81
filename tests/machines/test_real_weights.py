"""Two machines with the weights that E2E_MODEL names, on people's speech. The figures are printed.

A model hears a sentence a little differently each time, so the text is compared as by `script/test-faults`: with the
words that dictations recognised in which nothing happened; and the recordings with what was said, by the sound itself.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from captions.benchmarks.livetest.wer import normalise
from tests.e2e.conftest import Dictation
from tests.e2e.product import Product
from tests.faults import speech
from tests.faults.score import Score, heard, score
from tests.machines.cluster import CELERY, Cluster
from tests.machines.conftest import SILENT_SECONDS, Speaker
from tests.machines.kept_sound import missing_seconds
from tests.machines.test_rolling_upgrade import upgrade
from tests.machines.test_two_machines import SKEWS, STREAMS, dictate, upgrade_one_and_lose_the_other, waits
from tests.processes import until
from tests.speech_data import Pcm, load_pcm

MODEL = os.environ.get("E2E_MODEL", "")
_STEADY_SECONDS = 5
_WHOLE_SECONDS = 420
# A word within which one worker takes over from another may be cut in two: the model leaves it out, or hears it twice.
_MOST_WRONG = 0.01

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (STREAMS and MODEL), reason="STREAMS and E2E_MODEL do not say what to measure."),
]

Happens = Callable[[Cluster, Product], None]


@pytest.fixture
def recogniser() -> dict[str, str]:
    return {"WHISPER_MODEL": MODEL}


@pytest.fixture(scope="module")
def said() -> speech.Speech:
    return speech.load()


@dataclass
class Known:
    """What undisturbed dictations came to, once the first test has measured it."""

    words: set[int] = field(default_factory=set)
    """Those that each of them recognised, by their number."""
    unclear: set[float] = field(default_factory=set)
    """The half seconds that are not found in each of their recordings, although they are there."""


@pytest.fixture(scope="module")
def known() -> Known:
    return Known()


@pytest.mark.parametrize(
    "happens", [upgrade, upgrade_one_and_lose_the_other], ids=["upgrade", "power failure"]
)
def test_what_is_said_is_written_and_kept(
    cluster: Cluster,
    product: Product,
    speaker: Speaker,
    said: speech.Speech,
    known: Known,
    happens: Happens,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    storage = cluster.store_sound_in_a_bucket()
    for name, skew in SKEWS.items():
        cluster.add_host(name, skew_seconds=skew, WORKER_SESSIONS=str(2 * STREAMS), **storage)
    cluster.open()
    product.url = cluster.url
    for host in cluster.hosts.values():
        host.start("web", "audioworker", *CELERY)
    cluster.until_workers(2)
    with product.database() as connection:
        # It would find words that were lost.
        connection.execute("UPDATE captions_user SET second_pass = false")
    folder = tmp_path / "s3" / "recordings"
    if not known.words:
        _measure(known, cluster, product, speaker, said, folder)
    pages = dictate(speaker(said.sound), product, cluster, STREAMS, "maren")
    silent_at = time.monotonic() + SILENT_SECONDS + said.round_ms / 1000
    for page in pages:
        page.expect_finals(1)
    began = time.monotonic()
    happens(cluster, product)
    ended = time.monotonic()
    assert ended < silent_at, "It took longer than the speech."
    _wait_until(silent_at + SILENT_SECONDS)
    scores = [_score(product, page, said, known) for page in pages]
    print(
        f"\n{request.node.name}, {STREAMS} dictations of {said.round_ms / 1000:.0f} s, {ended - began:.0f} s:"
    )
    for each in scores:
        print(
            f"  {each.said} words, lost {each.lost}, doubled {each.doubled}, out of order {each.disordered}"
        )
    missing = [each - known.unclear for each in _missing(product, pages, said.sound, folder)]
    print(f"  half seconds of sound that are missing: {missing}")
    assert not any(missing)
    for each in scores:
        assert len(each.lost) + len(each.doubled) <= _MOST_WRONG * each.said
        assert not each.disordered


def _measure(
    known: Known, cluster: Cluster, product: Product, speaker: Speaker, said: speech.Speech, folder: Path
) -> None:
    browser = speaker(said.sound)
    pages = dictate(browser, product, cluster, STREAMS, "nora")
    _wait_until(time.monotonic() + said.round_ms / 1000 + 2 * SILENT_SECONDS)
    texts = [_written(product, page) for page in pages]
    known.words = set.intersection(*(heard([word.text for word in said.words], text) for text in texts))
    known.unclear = set.union(*_missing(product, pages, said.sound, folder))
    browser.close()
    print(
        f"\nNothing happens: {len(known.words)} of {len(said.words)} words in each of {len(texts)} dictations"
    )


def _missing(product: Product, pages: list[Dictation], sound: Pcm, folder: Path) -> list[set[float]]:
    names = _kept(product, pages, len(sound) * 1000 // speech.RATE)
    return [missing_seconds(sound, load_pcm(folder / name)) for name in names]


def _score(product: Product, page: Dictation, said: speech.Speech, known: Known) -> Score:
    return score(said.words, known.words, _written(product, page))


def _written(product: Product, page: Dictation) -> str:
    """The text of a dictation that is stopped, once nothing of it is under way any more."""
    _settle(product, page)
    page.stop()
    _settle(product, page)
    text = " ".join(text for *_, text in product.finals(page.session))
    shown = " ".join(page.rows())
    assert normalise(shown) == normalise(text)
    return text


def _settle(product: Product, page: Dictation) -> None:
    missing = page.log.locator(".missing, .waiting")
    last: list[tuple[int, int, int, str]] = []
    since = time.monotonic()

    def is_steady() -> bool:
        nonlocal last, since
        finals = product.finals(page.session)
        if finals != last or missing.count() or waits(product):
            last, since = finals, time.monotonic()
        return time.monotonic() - since > _STEADY_SECONDS

    try:
        until(is_steady, "nothing changes any more", _WHOLE_SECONDS)
    except AssertionError as error:
        raise AssertionError(f"{last}, {missing.all_inner_texts()}, {waits(product)}") from error


def _kept(product: Product, pages: list[Dictation], at_least_ms: int) -> list[str]:
    sessions = [page.session for page in pages]

    def kept() -> list[str]:
        with product.database() as connection:
            query = (
                "SELECT file FROM captions_recording WHERE file <> '' AND session_id = ANY(%s::uuid[]) "
                "AND duration_ms >= %s"
            )
            found = connection.execute(query, [sessions, at_least_ms]).fetchall()
        return [name for (name,) in found] if len(found) == len(pages) else []

    return until(kept, "the sound of each dictation is one recording", 240)


def _wait_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
