"""Two products: one that hears itself, and one that has speech recognised by it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import new_product_env
from tests.e2e.product import Product
from tests.real_model import real_model

# One program sends, with many sounds at once.
_OPEN_HANDED = {
    "LIMIT_SESSIONS_PER_USER": "8",
    "LIMIT_TOKEN_REQUESTS_AT_ONCE": "8",
    "LIMIT_TOKEN_REQUESTS_PER_MINUTE": "6000",
}


ASKED = "large"
"""Whatever it is called, it is the model that the listener has."""


@pytest.fixture(scope="package")
def model() -> str:
    """The folder of the model; E2E_MODEL names another one."""
    return os.environ.get("E2E_MODEL") or real_model("tiny.en")


@pytest.fixture(scope="package")
def listener(postgres_url: str, tmp_path_factory: pytest.TempPathFactory, model: str) -> Iterator[Product]:
    """The product that recognises speech."""
    folder = tmp_path_factory.mktemp("listener")
    with (
        new_product_env(postgres_url, folder / "var", redis_db=4) as environment,
        Product(environment | _OPEN_HANDED, folder, model) as product,
    ):
        yield product


@pytest.fixture(scope="package", params=["openai", "openai-realtime", "openai-webrtc"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="package")
def asker(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory, listener: Product, engine: str
) -> Iterator[Product]:
    """The product that asks it, and has no model."""
    folder: Path = tmp_path_factory.mktemp("asker")
    settings = {
        "ENGINE": engine,
        "ENGINE_PARALLEL": "2",
        "OPENAI_BASE_URL": f"{listener.url}/v1",
        "OPENAI_MODEL": ASKED,
        "OPENAI_API_KEY": listener.token("first", "transcribe", "live"),
    }
    with (
        new_product_env(postgres_url, folder / "var", redis_db=5) as environment,
        Product(environment | settings | {"HF_HOME": str(folder)}, folder, "base") as product,
    ):
        yield product
