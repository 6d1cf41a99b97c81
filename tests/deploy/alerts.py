"""Asks promtool which alerts fire when the metrics of the product go from one state to another."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from captions.web.operations import _exposition
from tests.conftest import REPOSITORY

RULES = REPOSITORY / "deploy" / "prometheus" / "whisperstream-alerts.yaml"

# Series as Prometheus writes them, and their values.
Samples = dict[str, float]
_INTERVAL_SECONDS = 15
_MINUTES_BEFORE = 5


def scraped() -> Samples:
    """What Prometheus would read of this process now."""
    return {
        _series(sample.name, sample.labels): sample.value
        for family in text_string_to_metric_families(_exposition().decode())
        for sample in family.samples
        if sample.name.startswith("whisperstream_") and not sample.name.endswith("_created")
    }


def firing(
    before: Samples,
    after: Samples,
    scratch: Path,
    *,
    minutes: int = 12,
    others: Mapping[str, str] | None = None,
) -> dict[str, bool]:
    """Whether each alert fires `minutes` after the beginning; in its first minutes the metrics are as `before`.

    What was counted since then is counted again every 15 seconds. `others` are series that the product has not.
    """
    count = minutes * 60 // _INTERVAL_SECONDS
    quiet = _MINUTES_BEFORE * 60 // _INTERVAL_SECONDS
    series = {name: _values(name, before.get(name), after.get(name), quiet, count) for name in before | after}
    series |= others or {}
    fired = _fired(series, minutes, scratch)
    return {alert: alert in fired for alert in alerts()}


def alerts() -> list[str]:
    lines = RULES.read_text().splitlines()
    return [line.partition("alert: ")[2] for line in lines if "- alert: " in line]


def _fired(series: Mapping[str, str], minutes: int, scratch: Path) -> set[str]:
    tests = [
        {
            "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})',
            "eval_time": f"{minutes}m",
            "exp_samples": [],
        }
        for alert in alerts()
    ]
    file = scratch / "test.yaml"
    content: dict[str, Any] = {
        "rule_files": [str(RULES)],
        "evaluation_interval": f"{_INTERVAL_SECONDS}s",
        "tests": [
            {
                "interval": f"{_INTERVAL_SECONDS}s",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": tests,
            }
        ],
    }
    file.write_text(json.dumps(content))
    done = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, text=True)
    said = done.stdout + done.stderr
    # It names the expectations that are wrong: those of alerts that fire.
    found = set(re.findall(r'expr: "count\(ALERTS\{alertname=\\"(\w+)\\"', said))
    assert bool(found) == bool(done.returncode), said
    return found


def _values(name: str, before: float | None, after: float | None, quiet: int, count: int) -> str:
    """The values of one series, in the notation of promtool."""
    base = name.partition("{")[0]
    counts = base.endswith(("_total", "_bucket", "_count", "_sum"))
    begun = f"_x{quiet}" if before is None else f"{before}+0x{quiet}"
    # A new label of a counter is not there until it is counted.
    step = (after or 0.0) - (before or 0.0) if counts else 0.0
    gone = f"_x{count}" if after is None else f"{after}+{step}x{count}"
    return f"{begun} {gone}"


def _series(name: str, labels: Mapping[str, str]) -> str:
    inside = ",".join(f"{label}={json.dumps(value)}" for label, value in sorted(labels.items()))
    return f"{name}{{{inside}}}"
