"""The product on two machines, and a browser on a third one."""

import io
import os
import shlex
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from captions.benchmarks import scripted
from tests.browsers import chromium, launch
from tests.conftest import REPOSITORY, new_product_env
from tests.e2e.product import Product
from tests.machines import network
from tests.machines.cluster import Cluster
from tests.machines.network import Network
from tests.speech_data import DATA, SAMPLE_RATE, Pcm, to_wav
from tests.toy import TOY_MODEL

Speaker = Callable[[Pcm], Browser]
# Silence before the recordings, until the pages are listening.
SILENT_SECONDS = 8


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
def version(tmp_path: Path) -> Path:
    """The folder of the code with which all begins: that of the commit UPGRADE_FROM, or else this one."""
    commit = os.environ.get("UPGRADE_FROM")
    if not commit:
        return REPOSITORY
    archive = subprocess.run(["git", "archive", commit], cwd=REPOSITORY, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(tmp_path / "before", filter="data")
    return tmp_path / "before"


@pytest.fixture
def product(postgres_url: str, tmp_path: Path, version: Path) -> Iterator[Product]:
    """An installation none of whose roles run: its database, its accounts and its static files."""
    with new_product_env(postgres_url, tmp_path / "shared", redis_db=2) as environment:
        product = Product(environment, tmp_path, TOY_MODEL)
        product.version = version
        product.prepare()
        yield product


@pytest.fixture
def recogniser() -> dict[str, str]:
    """What hears, as variables: no model, but what knows the recordings and hears which of their words arrive."""
    return {**scripted.environment(sorted(DATA.glob("*.flac"))), "WHISPER_MODEL": TOY_MODEL}


@pytest.fixture
def cluster(lan: Network, product: Product, recogniser: dict[str, str], tmp_path: Path) -> Cluster:
    """Without hosts yet."""
    return Cluster(lan, product.environment, recogniser, tmp_path, product.version)


@pytest.fixture
def speaker(
    driver: Playwright, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Speaker]:
    """Starts a browser on the client's machine. Each of its pages hears the speech once, from its own start on."""
    wrapper = tmp_path / "chromium"
    inside = shlex.join([*cluster.client.inside, chromium() or "chromium"])
    wrapper.write_text(f'#!/bin/sh\nexec {inside} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(wrapper))
    browsers: list[Browser] = []

    def start(speech: Pcm) -> Browser:
        silence = np.zeros(SILENT_SECONDS * SAMPLE_RATE, np.int16)
        sound = np.concatenate([silence, speech, silence])
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
