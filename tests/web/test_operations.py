import asyncio
import subprocess
import sys
import threading

import pytest
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from captions.core import draining
from captions.models import User
from captions.protocol.registry import Registry, WorkerState
from captions.web import operations
from captions.web.patient_check import PatientCheck
from tests.conftest import REPOSITORY


def announce(*states: WorkerState) -> None:
    async def tell() -> None:
        registry = Registry()
        for state in states:
            await registry.announce(state)
        await registry.close()

    asyncio.run(tell())


def worker(name="w1", state="ready", **fields) -> WorkerState:
    return WorkerState(name=name, state=state, **{"room": 2, "model": "base", **fields})


@pytest.fixture
def not_draining():
    yield
    draining._draining.clear()


def test_healthz_needs_nothing(client, settings):
    settings.DATABASE_URL = settings.REDIS_URL = ""
    settings.ALLOWED_HOSTS = []
    settings.SECURE_SSL_REDIRECT = True
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_probes_are_for_reading(client):
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
class TestReady:
    @pytest.fixture(autouse=True)
    def on_a_busy_machine(self, monkeypatch):
        monkeypatch.setattr(operations, "_PATIENCE_SECONDS", 60)

    def test_says_that_a_worker_has_room(self, client):
        announce(worker("full", room=0), worker("free"))
        response = client.get("/readyz")
        assert response.status_code == 200
        assert response.json() == {
            "ready": True,
            "web": "ok",
            "database": "ok",
            "channel_layer": "ok",
            "worker": "ok",
        }
        assert "no-store" in response["Cache-Control"]

    @pytest.mark.parametrize(
        ("states", "expected"),
        [
            ([], "none"),
            ([worker(room=0)], "full"),
            ([worker(state="loading", room=0)], "loading"),
            ([worker(state="failed", room=0)], "failed"),
            ([worker(state="draining")], "none"),
        ],
    )
    def test_pages_are_ready_whatever_the_workers_are(self, client, states, expected):
        announce(*states)
        response = client.get("/readyz")
        assert response.status_code == 200
        assert (response.json()["ready"], response.json()["worker"]) == (True, expected)

    def test_not_ready_while_draining(self, client, not_draining):
        announce(worker())
        draining.begin()
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json()["web"] == "draining"
        assert client.get("/healthz").status_code == 200

    def test_says_that_valkey_is_away(self, client, settings):
        settings.REDIS_URL = "redis://127.0.0.1:1"
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json() == {
            "ready": False,
            "web": "ok",
            "database": "ok",
            "channel_layer": "away",
            "worker": "none",
        }


@pytest.mark.django_db
def test_readyz_waits_for_no_store_that_hangs(client, monkeypatch):
    begun, thaws = [], threading.Event()

    def hang():
        begun.append(1)
        thaws.wait(60)
        return ""

    monkeypatch.setattr(operations, "_DATABASE", PatientCheck(hang))
    monkeypatch.setattr(operations, "_WORKERS", PatientCheck(hang))
    monkeypatch.setattr(operations, "_PATIENCE_SECONDS", 0.05)
    for _ in range(2):
        response = client.get("/readyz")
        assert response.status_code == 503
        assert (response.json()["database"], response.json()["channel_layer"]) == ("away", "away")
    assert len(begun) == 2, "one of each"
    thaws.set()


def test_readyz_says_that_postgresql_is_away(product_env):
    """In a process of its own, whose database is away from the start."""
    code = (
        "import django; django.setup(); from django.test import Client; r = Client().get('/readyz'); "
        "print(r.status_code, r.json()['database'], r.json()['channel_layer'])"
    )
    away = product_env | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=away, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "503 away ok"


@pytest.mark.django_db
class TestMetrics:
    def test_open_on_a_development_server(self, client, settings):
        settings.LOCAL = True
        response = client.get("/metrics")
        assert response.status_code == 200
        names = {family.name for family in text_string_to_metric_families(response.content.decode())}
        assert {"whisperstream_sessions", "whisperstream_decode_seconds", "whisperstream_drops"} <= names

    def test_closed_in_production_without_a_token(self, client, settings):
        settings.LOCAL = False
        response = client.get("/metrics")
        assert response.status_code == 403
        assert b"METRICS_TOKEN" in response.content

    @pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer é"}])
    def test_a_token_is_asked_for(self, client, settings, header):
        settings.METRICS_TOKEN = "token"
        assert client.get("/metrics", headers=header).status_code == 401

    def test_a_token_opens_it(self, client, settings):
        settings.METRICS_TOKEN = "token"
        assert client.get("/metrics", headers={"Authorization": "Bearer token"}).status_code == 200

    def test_counts_of_all_processes_without_the_live_ones_of_dead(self, product_env, tmp_path):
        product_env["PROMETHEUS_MULTIPROC_DIR"] = str(tmp_path)
        count = "from captions import metrics; metrics.SESSIONS.set(3); metrics.FINALS.inc(2)"
        for _ in range(2):
            subprocess.run([sys.executable, "-c", count], cwd=REPOSITORY, env=product_env, check=True)
        code = (
            "import django; django.setup(); from captions import metrics; metrics.SESSIONS.set(1); "
            "from django.conf import settings; settings.LOCAL = True; "
            "from django.test import Client; print(Client().get('/metrics').content.decode())"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=REPOSITORY, env=product_env, capture_output=True, text=True
        )
        samples = {
            sample.name: sample.value
            for family in text_string_to_metric_families(done.stdout)
            for sample in family.samples
        }
        assert samples["whisperstream_sessions"] == 1
        assert samples["whisperstream_finals_total"] == 4


@pytest.mark.django_db
class TestStatus:
    @pytest.fixture
    def browser(self, client):
        client.force_login(User.objects.create(username="reader"))
        return client

    def test_is_for_those_logged_in(self, client):
        response = client.get(reverse("status"))
        assert response.status_code == 302
        assert reverse("account_login") in response["Location"]

    def test_ready(self, browser):
        announce(worker(model="base"))
        assert browser.get(reverse("status")).json() == {
            "state": "ready",
            "message": "",
            "done": 0,
            "total": 0,
            "model": "base",
        }

    def test_a_download_and_how_far_it_is(self, browser):
        announce(
            worker(state="loading", message="Downloading the speech model base.", done=5, total=10, room=0)
        )
        status = browser.get(reverse("status")).json()
        assert status["state"] == "loading"
        assert (status["message"], status["done"], status["total"]) == (
            "Downloading the speech model base.",
            5,
            10,
        )

    def test_failed_says_why(self, browser):
        announce(worker(state="failed", message="The model has gone.", room=0))
        status = browser.get(reverse("status")).json()
        assert (status["state"], status["message"]) == ("failed", "The model has gone.")

    def test_full_and_none_have_a_sentence(self, browser):
        assert browser.get(reverse("status")).json()["state"] == "none"
        announce(worker(room=0))
        status = browser.get(reverse("status")).json()
        assert status["state"] == "full"
        assert "Try again" in status["message"]
