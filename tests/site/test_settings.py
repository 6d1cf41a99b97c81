"""The settings as a process of its own reads them."""

import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

PRODUCTION = {
    "DEBUG": "no",
    "LOCAL": "no",
    "SECRET_KEY": "".join(chr(ord("a") + number * 7 % 26) for number in range(60)),
    "ALLOWED_HOSTS": "dictation.example.org",
    "ALLOWED_ORIGINS": "https://dictation.example.org",
    "TRUSTED_PROXY_COUNT": "1",
    "EMAIL_HOST": "smtp.example.org",
    "DEFAULT_FROM_EMAIL": "WhisperStream <noreply@example.org>",
    "ICE_SERVERS": '[{"urls": "turn:turn.example.org", "username": "u", "credential": "c"}]',
    "WHISPER_MODEL": "small",
}


def manage(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_production_has_nothing_to_complain_about(product_env):
    done = manage(product_env | PRODUCTION, "check", "--deploy", "--fail-level", "DEBUG")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({"DEBUG": "0", "LOCAL": "1"}, "False True ['localhost', '127.0.0.1', '[::1]'] False"),
        ({"DEBUG": "1"}, "True True ['localhost', '127.0.0.1', '[::1]'] False"),
        (PRODUCTION, "False False ['dictation.example.org'] True"),
    ],
)
def test_only_who_asks_for_it_gets_djangos_pages_for_errors(product_env, variables, shown):
    code = (
        "from django.conf import settings as s; "
        "print(s.DEBUG, s.LOCAL, s.ALLOWED_HOSTS, s.SESSION_COOKIE_SECURE)"
    )
    done = manage(product_env | variables, "shell", "--verbosity", "0", "--command", code)
    assert done.stdout.split("\n")[-2] == shown, done.stderr


def test_a_laptop_is_told_what_production_lacks(product_env):
    done = manage(product_env | {"DEBUG": "1"}, "check", "--deploy")
    assert "captions.W001" in done.stderr


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SECRET_KEY": "", "DEBUG": "0"}, "SECRET_KEY must be set: a long random text"),
        ({"SECRET_KEY_FILE": "/nowhere"}, "Both SECRET_KEY and SECRET_KEY_FILE are set"),
        ({"DATABASE_URL": "sqlite:///x"}, "DATABASE_URL must name a PostgreSQL database"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL must name a PostgreSQL database"),
        ({"DATABASE_URL": "postgresql://s3cret@host:port/x"}, "DATABASE_URL must name a PostgreSQL database"),
        ({"DATABASE_URL": "postgresql://host"}, "DATABASE_URL must name a PostgreSQL database"),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL must be the address of Valkey or Redis"),
        ({"LIMIT_OFFER_BYTES": "many"}, "LIMIT_OFFER_BYTES must be a whole number, at least 1024"),
        ({"VAD_THRESHOLD": "2"}, "VAD_THRESHOLD must be a number from 0.05 to 0.95"),
        ({"WHISPER_DEVICE": "tpu"}, "WHISPER_DEVICE must be one of auto, cpu, cuda"),
        ({"ICE_SERVERS": "stun:x"}, "ICE_SERVERS must be a JSON list of objects"),
        ({"OIDC_SERVER_URL": "https://login.example.org"}, "OIDC_CLIENT_ID must be set"),
        ({"EMAIL_USE_TLS": "1", "EMAIL_USE_SSL": "1"}, "EMAIL_USE_TLS and EMAIL_USE_SSL"),
        ({"WYOMING_URI": "10300"}, "WYOMING_URI must be an address such as tcp://127.0.0.1:10300"),
        ({"WYOMING_URI": "tcp://127.0.0.1:10300"}, "WYOMING_USER must be set"),
        ({"VOSK_PORT": "2700"}, "VOSK_USER must be set"),
        ({"VOSK_PORT": "8000", "VOSK_USER": "maren", "PORT": "8000"}, "VOSK_PORT and PORT must differ"),
        ({"LLM_BASE_URL": "127.0.0.1:11434", "LLM_MODEL": "x"}, "LLM_BASE_URL must be an address"),
        ({"LLM_BASE_URL": "https://a:s3cret@b/v1", "LLM_MODEL": "x"}, "set LLM_API_KEY instead"),
        ({"LLM_BASE_URL": "http://127.0.0.1:11434/v1"}, "LLM_MODEL must be set: LLM_BASE_URL is set."),
        ({"LLM_API_KEY": "s3cret key"}, "LLM_API_KEY must be letters, digits and signs"),
        ({"ENGINE": "openai"}, "OPENAI_BASE_URL must be set: ENGINE is openai."),
        ({"ENGINE": "openai", "OPENAI_BASE_URL": "https://a/v1"}, "OPENAI_MODEL must be set"),
        ({"ENGINE": "openai", "OPENAI_BASE_URL": "https://s3cret@a/v1"}, "set OPENAI_API_KEY instead"),
        (
            {"ENGINE": "cloud"},
            "ENGINE must be one of local, whisper-cpp, openai, openai-realtime, openai-webrtc",
        ),
        ({"OPENAI_API_KEY": "s3cret key"}, "OPENAI_API_KEY must be letters, digits and signs"),
        ({"LIMIT_LOGIN_FAILURES": "five"}, "LIMIT_LOGIN_FAILURES must be"),
    ],
)
def test_a_wrong_variable_is_named_in_one_sentence(product_env, variables, sentence):
    done = manage(product_env | variables, "check")
    assert done.returncode == 78
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_secrets_come_from_files(product_env, tmp_path):
    (tmp_path / "database").write_text(product_env.pop("DATABASE_URL") + "\n")
    (tmp_path / "key").write_text(PRODUCTION["SECRET_KEY"])
    del product_env["SECRET_KEY"]
    environment = product_env | {
        "DATABASE_URL_FILE": str(tmp_path / "database"),
        "SECRET_KEY_FILE": str(tmp_path / "key"),
    }
    assert manage(environment, "wait_for_stores", "--seconds", "1").returncode == 0
