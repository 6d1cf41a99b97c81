"""The names of metrics: those that the product has, and those that a text uses."""

import re

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric

from captions import metrics
from captions.web.state_metrics import DueJobs, SharedState, StateCollector

_SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


def written_names() -> set[str]:
    """Of every series that the product can have."""
    return {f"{metric.name}{suffix}" for metric in _metrics() for suffix in _SUFFIXES[metric.type]}


def labels() -> dict[str, set[str]]:
    """The names of the labels of each metric, by the name of its series without `_bucket` and the like."""
    found = {}
    for each in vars(metrics).values():
        if hasattr(each, "_labelnames"):
            found[each._name] = set(each._labelnames)
    for metric in StateCollector(_SOME).collect():
        found[metric.name] = {label for sample in metric.samples for label in sample.labels}
    return found


def used_names(text: str) -> set[str]:
    return set(re.findall(r"\bwhisperstream_\w+", text))


def plain(name: str) -> str:
    """The name of the metric to which a series belongs."""
    return re.sub(r"_(total|bucket|count|sum)$", "", name)


_SOME = SharedState(workers=[], jobs={"gap": DueJobs(0, 0)})


def _metrics() -> list[Metric]:
    ours = [each for each in REGISTRY.collect() if each.name.startswith("whisperstream_")]
    return [*ours, *StateCollector(_SOME).collect()]
