"""What `deploy/` says, as the programs read it that it is for."""

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import REPOSITORY

KUBERNETES = REPOSITORY / "deploy" / "kubernetes"


def compose(**variables: str) -> dict[str, Any]:
    """`compose.yaml` with its anchors resolved and variables put in. Raises KeyError for one that has to be given."""

    def value(found: re.Match[str]) -> str:
        name, operator, rest = found.groups()
        return rest if operator == ":-" and name not in variables else variables[name]

    anchored = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
    text = re.sub(r"\$\{(\w+)(:[-?])([^}]*)\}", value, json.dumps(anchored))
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def raw_manifests() -> list[tuple[Path, dict[str, Any]]]:
    """Every object that stands for itself in a file of `deploy/kubernetes`."""
    return [
        (path, document)
        for path in sorted(KUBERNETES.rglob("*.yaml"))
        if path.name not in ("kustomization.yaml", "role.yaml", "prometheus-adapter.yaml")
        for document in yaml.safe_load_all(path.read_text())
    ]


@cache
def example_manifests(scratch: Path) -> list[dict[str, Any]]:
    """What `kubectl apply --kustomize` would send of the example, whose secrets are filled in. It needs kubectl."""
    shutil.copytree(KUBERNETES, scratch / "kubernetes")
    example = scratch / "kubernetes" / "overlays" / "example"
    shutil.copy(example / "secrets.env.example", example / "secrets.env")
    built = subprocess.run(["kubectl", "kustomize", str(example)], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return list(yaml.safe_load_all(built.stdout))
