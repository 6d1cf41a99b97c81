"""What dashboards, alerts and documents say of metrics, held against the product."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.deploy.metric_names import labels, plain, used_names, written_names

RULES = REPOSITORY / "deploy" / "prometheus" / "whisperstream-alerts.yaml"
DASHBOARD = REPOSITORY / "deploy" / "grafana" / "whisperstream.json"
OPERATIONS = (REPOSITORY / "docs" / "operations.md").read_text()
# Of Prometheus itself.
_ANYWHERE = {"le", "instance", "job", "namespace", "pod"}


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in panels() for target in panel.get("targets", ()))


def test_every_metric_that_is_asked_for_exists() -> None:
    used = set().union(*(used_names(expression) for expression in expressions()))
    assert len(used) > 20
    assert used <= written_names()


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {
        plain(name)
        for panel in panels()
        for target in panel.get("targets", ())
        for name in used_names(target["expr"])
    }
    assert shown == {plain(name) for name in written_names()}


@pytest.mark.parametrize("expression", list(expressions()))
def test_the_labels_exist(expression: str) -> None:
    known = labels()
    there = set().union(*(known[plain(name)] for name in used_names(expression)), _ANYWHERE)
    grouped = {
        label.strip() for labels in re.findall(r"by \(([^)]*)\)", expression) for label in labels.split(",")
    }
    chosen = set(re.findall(r"[{,](\w+)[=!]", expression))
    assert grouped | chosen <= there


def test_panels_have_places_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        here = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & here, panel["title"]
        assert max(x for x, _ in here) < 24
        taken |= here
    ids = [panel["id"] for panel in panels()]
    assert len(set(ids)) == len(ids)


def test_each_alert_is_explained() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"].endswith((".", "?"))
        assert f"`{rule['alert']}`" in OPERATIONS


def test_each_metric_is_explained() -> None:
    explained = {plain(name) for name in used_names(OPERATIONS)}
    assert explained >= {plain(name) for name in written_names()}
