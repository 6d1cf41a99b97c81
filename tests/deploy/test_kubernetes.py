import re
import shutil
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from captions import metrics
from tests.deploy.shipped import KUBERNETES, example_manifests, raw_manifests
from tests.site.test_documents import table
from whisperstream_site import VERSION

_SCHEMAS = kubernetes_validate.latest_version()
# Of the example's secrets, for the stores in the cluster.
_NOT_OURS = {"POSTGRES_PASSWORD"}

needs_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="there is no kubectl here")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return example_manifests(tmp_path_factory.mktemp("built"))


def _roles(built: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The pods of our roles, by name."""
    deployments = {each["metadata"]["name"]: each for each in built if each["kind"] == "Deployment"}
    return {name: each["spec"]["template"] for name, each in deployments.items() if name != "valkey"}


@pytest.mark.parametrize(
    ("path", "document"),
    raw_manifests(),
    ids=lambda each: each.stem if isinstance(each, Path) else str(each["kind"]),
)
def test_each_object_fits_its_schema(path: Path, document: dict[str, Any]) -> None:
    # A patch may leave out what the patched object has.
    kubernetes_validate.validate(document, _SCHEMAS, strict=True)


@needs_kubectl
def test_what_is_built_of_the_example_fits_too(built: list[dict[str, Any]]) -> None:
    for document in built:
        kubernetes_validate.validate(document, _SCHEMAS, strict=True)
    names = [(each["kind"], each["metadata"]["name"]) for each in built]
    assert len(set(names)) == len(names)
    assert set(_roles(built)) == {"web", "audioworker", "celery", "files", "gaps", "outputs"}


@needs_kubectl
def test_every_role_is_migrated_first_and_may_do_nothing_else(built: list[dict[str, Any]]) -> None:
    for name, pod in _roles(built).items():
        spec = pod["spec"]
        (first,), (role,) = spec["initContainers"], spec["containers"]
        assert first["command"][:3] == ["python", "manage.py", "prepare"], name
        assert spec["securityContext"]["runAsNonRoot"], name
        assert not spec["automountServiceAccountToken"], name
        for container in (first, role):
            assert container["image"] == f"registry.example.org/whisperstream:{VERSION}", name
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert {each["mountPath"] for each in container["volumeMounts"]} == {
                "/var/lib/whisperstream",
                "/tmp",
            }, name
            assert container["resources"]["limits"]["memory"], name
        assert "livenessProbe" in role, name


@needs_kubectl
def test_a_role_has_time_to_drain(built: list[dict[str, Any]]) -> None:
    graces = {name: pod["spec"]["terminationGracePeriodSeconds"] for name, pod in _roles(built).items()}
    web, worker = (
        float(table()[name].split("`")[1]) for name in ("WEB_DRAIN_SECONDS", "WORKER_DRAIN_SECONDS")
    )
    sleep = float(_roles(built)["web"]["spec"]["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert graces["web"] >= sleep + 2 * web
    assert graces["audioworker"] >= 2 * worker
    assert graces["outputs"] >= worker
    assert min(graces[name] for name in ("celery", "files", "gaps")) >= 120


@needs_kubectl
def test_what_points_at_something_finds_it(built: list[dict[str, Any]]) -> None:
    labels = [
        (each["spec"]["template"]["metadata"]["labels"], each)
        for each in built
        if each["kind"] in ("Deployment", "StatefulSet")
    ]
    for document in built:
        spec = document.get("spec", {})
        selector = {
            "Service": spec.get("selector"),
            "PodDisruptionBudget": spec.get("selector", {}).get("matchLabels"),
            "NetworkPolicy": spec.get("podSelector", {}).get("matchLabels"),
        }.get(document["kind"])
        if selector:
            assert [each for each, _ in labels if selector.items() <= each.items()], document["metadata"]
        if document["kind"] == "HorizontalPodAutoscaler":
            name = spec["scaleTargetRef"]["name"]
            (scaled,) = [
                each for each in built if (each["kind"], each["metadata"]["name"]) == ("Deployment", name)
            ]
            assert "replicas" not in scaled["spec"], "each apply would undo what the autoscaler has done"
    stores = {"DATABASE_URL": "@postgres/", "REDIS_URL": "//valkey/"}
    secrets = _variables("secrets.env.example")
    services = {each["metadata"]["name"] for each in built if each["kind"] == "Service"}
    assert {"web", "postgres", "valkey"} == services
    assert all(part in secrets[name] for name, part in stores.items())


def test_all_variables_exist() -> None:
    named = set(_variables("secrets.env.example")) - _NOT_OURS
    for path, document in raw_manifests():
        if document["kind"] == "Deployment" and path.parent.name == "base":
            for container in document["spec"]["template"]["spec"]["containers"]:
                named |= {each["name"] for each in container.get("env", ())}
    for path in KUBERNETES.rglob("kustomization.yaml"):
        for generated in yaml.safe_load(path.read_text()).get("configMapGenerator", ()):
            named |= {each.partition("=")[0] for each in generated["literals"]}
    assert len(named) > 10
    assert named <= set(table())


def test_the_autoscaler_goes_by_metrics_that_there_are() -> None:
    folder = KUBERNETES / "components" / "autoscaling"
    rules = yaml.safe_load((folder / "prometheus-adapter.yaml").read_text())["rules"]["custom"]
    asked = {
        metric["pods"]["metric"]["name"]
        for metric in yaml.safe_load((folder / "audioworker.yaml").read_text())["spec"]["metrics"]
    }
    assert asked == {rule["name"]["as"] for rule in rules}
    text = " ".join(f"{rule['seriesQuery']} {rule['metricsQuery']}" for rule in rules)
    used = set(re.findall(r"whisperstream_\w+", text))
    assert used == {
        "whisperstream_queue_seconds_bucket",
        "whisperstream_sessions",
        "whisperstream_session_room",
    }
    assert metrics.QUEUE_SECONDS._labelnames == ("urgency",)


def _variables(name: str) -> dict[str, str]:
    text = (KUBERNETES / "overlays" / "example" / name).read_text()
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
