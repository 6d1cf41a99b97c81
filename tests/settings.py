"""The product's settings with the stores of the test run. Loaded by pytest-django before any test module."""

import os
import tempfile
from pathlib import Path

TEST_DIR = Path(tempfile.mkdtemp(prefix=f"wst-{os.getpid()}-"))

# WhiteNoise warns if the folder does not exist.
(TEST_DIR / "static").mkdir()

_POSTGRES_DIR = TEST_DIR / "pg"
_VALKEY_DIR = TEST_DIR / "vk"

# pytest-xdist numbers the processes of a run: gw0, gw1, …
_PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def redis_url(number: int) -> str:
    """The URL of one of the four Valkey databases of this process; tests use number 0."""
    url = os.environ.get("TEST_REDIS_URL")
    if url is None:
        url = f"unix://{_VALKEY_DIR}/valkey.sock"
    else:
        number += 4 * _PROCESS
    return f"{url}{'&' if '?' in url else '?'}db={number}" if number else url


for _name in list(os.environ):
    # Variables set for a development server must not affect the tests.
    if _name.startswith(
        ("WHISPER_", "LIMIT_", "VAD_", "EMAIL_", "OIDC_", "ICE_", "SOUND_", "WYOMING_", "VOSK_", "LLM_")
    ):
        del os.environ[_name]
for _name in ("SECRET_KEY_FILE", "DATABASE_URL_FILE", "REDIS_URL_FILE"):
    os.environ.pop(_name, None)
os.environ.update(
    VAR_DIR=str(TEST_DIR),
    DEBUG="1",
    SECRET_KEY="for tests only",
    DATABASE_URL=os.environ.get(
        "TEST_DATABASE_URL", f"postgresql://postgres@/whisperstream?host={_POSTGRES_DIR}"
    ),
    REDIS_URL=redis_url(0),
    LOG_LEVEL=os.environ.get("LOG_LEVEL", "warning"),
)

from whisperstream_site.settings import *  # noqa: E402, F403

EMBEDDED_POSTGRES_DIR = None if "TEST_DATABASE_URL" in os.environ else _POSTGRES_DIR
EMBEDDED_VALKEY_DIR = None if "TEST_REDIS_URL" in os.environ else _VALKEY_DIR

# The manifest storage needs `collectstatic`, and secure password hashing is slow on purpose.
STORAGES = {
    **STORAGES,  # noqa: F405
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# With a time-out redis-py awaits by `asyncio.wait_for`, which on Python 3.11 loses a cancellation that meets its end:
# each test with a socket would wait a second or two for a consumer that does not end.
CHANNEL_LAYERS["default"]["CONFIG"]["hosts"] = [{"address": REDIS_URL, "socket_timeout": None}]  # noqa: F405
