"""The product on two machines, and a browser on a third one."""

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browsers import chromium, launch
from tests.conftest import new_product_env
from tests.e2e.product import Product
from tests.machines import network
from tests.machines.cluster import Cluster
from tests.machines.network import Network
from tests.speech_data import SAMPLE_RATE, load_pcm, to_wav
from tests.toy import TOY_MODEL

Speaker = Callable[..., Browser]
# Silence before the recordings, until the pages are listening.
SILENT_SECONDS = 4


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture
def lan() -> Iterator[Network]:
    if why := network.missing():
        pytest.skip(why)
    with Network() as lan:
        yield lan


@pytest.fixture
def product(postgres_url: str, tmp_path: Path) -> Iterator[Product]:
    """An installation none of whose roles run: its database, its accounts and its static files."""
    with new_product_env(postgres_url, tmp_path / "shared", redis_db=2) as environment:
        product = Product(environment, tmp_path, TOY_MODEL)
        product.prepare()
        yield product


@pytest.fixture
def cluster(lan: Network, product: Product, tmp_path: Path) -> Cluster:
    """Without hosts yet."""
    return Cluster(lan, product.environment, tmp_path)


@pytest.fixture
def speaker(
    driver: Playwright, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Speaker]:
    """Starts a browser on the client's machine. Each of its pages hears the recordings once, from its own start on."""
    wrapper = tmp_path / "chromium"
    # A microphone whose own machine is busy loses sound that no server ever gets.
    inside = shlex.join(["nice", "-n", "-15", *cluster.client.inside, chromium() or "chromium"])
    wrapper.write_text(f'#!/bin/sh\nexec {inside} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(wrapper))
    browsers: list[Browser] = []

    def start(*recordings: str) -> Browser:
        silence = np.zeros(SILENT_SECONDS * SAMPLE_RATE, np.int16)
        sound = np.concatenate([silence, *map(load_pcm, recordings), silence])
        wav = to_wav(sound, tmp_path / f"speech-{len(browsers)}.wav")
        browsers.append(
            launch(
                driver,
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={wav}%noloop",
            )
        )
        return browsers[-1]

    yield start
    for browser in browsers:
        browser.close()
