"""Runs as lines for people."""

from typing import Any


def line(run: dict[str, Any]) -> str:
    """One run; delays are p50/p95 in seconds."""
    cost = run["decode_s_per_audio_s"]
    parts = (
        f"{run['policy']:5} {run['streams']:3} streams",
        *(f"{name} {_delays(run[f'{name}_s'])}" for name in ("shown", "stable", "final")),
        f"WER {_known(run['wer_live'], '.1%')} (offline {_known(run['wer_offline'], '.1%')})",
        f"rewritten {run['rewritten_stable']}, lost {_known(run['lost_words'], 'd')}, "
        f"doubled {_known(run['doubled_words'], 'd')}",
        f"decode {cost['partial']:.3f}+{cost['final']:.3f}, CPU {run['cpu_s_per_audio_s']:.3f}",
        f"{run['rss_mb']} MB",
        f"lag p99 {_known(run['loop_lag_ms']['p99'], '.0f')} ms",
    )
    return "  ".join(parts)


def _delays(seconds: dict[str, float | None]) -> str:
    return f"{_known(seconds['p50'], '.2f')}/{_known(seconds['p95'], '.2f')}"


def _known(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
