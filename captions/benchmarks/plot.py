"""Draws the runs of a benchmark, if matplotlib (an optional dependency) is installed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

_DELAYS = (
    ("shown_s", "Word end to first shown"),
    ("stable_s", "Word end to stable"),
    ("final_s", "Word end to row"),
)
_COLOURS = {"live": "#0b6e4f", "whisper-live": "#b3541e", "whisperlivekit": "#4a5fc1"}


def draw(runs: Sequence[dict[str, Any]], path: Path) -> bool:
    """Writes an SVG of delays and cost by number of streams; False without matplotlib. Raises OSError."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    figure = Figure(figsize=(14, 3.6), layout="constrained")
    axes = figure.subplots(1, len(_DELAYS) + 1)
    for axis, (name, title) in zip(axes, _DELAYS, strict=False):
        for system in _systems(runs):
            for share, style in (("p50", "-"), ("p95", "--")):
                points = [(run["streams"], run[name][share]) for run in _of(runs, system)]
                known = [point for point in points if point[1] is not None]
                if known:
                    axis.plot(
                        *zip(*known, strict=True),
                        style,
                        marker="o",
                        markersize=3,
                        color=_COLOURS[system],
                        label=f"{system} {share}",
                    )
        axis.set_title(title, fontsize=10)
        axis.set_ylabel("seconds")
    for system in _systems(runs):
        chosen = _of(runs, system)
        decode = [run["decode_s_per_audio_s"] or None for run in chosen]
        for costs, style, label in (
            (decode, "-", "decode"),
            ([run["cpu_s_per_audio_s"] for run in chosen], "--", "CPU"),
        ):
            if None in costs:
                continue
            axes[-1].plot(
                [run["streams"] for run in chosen],
                costs,
                style,
                marker="o",
                markersize=3,
                color=_COLOURS[system],
                label=f"{system} {label}",
            )
    axes[-1].set_title("Cost of a second of sound", fontsize=10)
    axes[-1].set_ylabel("seconds")
    for axis in axes:
        axis.set_xlabel("streams")
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
        if axis.lines:
            axis.legend(fontsize=7)
    figure.suptitle(runs[0]["model"] if runs else "")
    figure.savefig(path, format="svg")
    return True


def _systems(runs: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(run["system"] for run in runs))


def _of(runs: Sequence[dict[str, Any]], system: str) -> list[dict[str, Any]]:
    return sorted((run for run in runs if run["system"] == system), key=lambda run: run["streams"])
