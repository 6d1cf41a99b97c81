"""Formats figures as lines of text."""

from typing import Any


def line(run: dict[str, Any]) -> str:
    """A line for a run; delays are p50 / p95 in seconds."""
    parts = (
        f"{run['system']:14} {run['streams']:3} streams",
        *(f"{name} {delays(run[f'{name}_s'])}" for name in ("shown", "stable", "final")),
        f"pause {known(run['pause_stable_s']['p95'], '.2f')}",
        "WER "
        + ", ".join(
            f"{group} {known(each['ours']['rate'], '.1%')} (whole file {known(each['whole_file']['rate'], '.1%')})"
            for group, each in run["word_errors"].items()
        ),
        f"borders F1 {known(run['row_borders']['ours']['f1'], '.2f')}",
        f"rewritten {run['rewritten_stable']}, vanished {run['vanished_words']}, "
        f"lost {known(run['lost_words'], 'd')}, doubled {known(run['doubled_words'], 'd')}",
        f"CPU {run['cpu_s_per_audio_s']:.3f}",
        f"{run['rss_mb']} MB",
        f"lag p99 {known(run['loop_lag_ms']['p99'], '.0f')} ms",
    )
    return "  ".join(parts)


def delays(seconds: dict[str, float | None]) -> str:
    return f"{known(seconds['p50'], '.2f')} / {known(seconds['p95'], '.2f')}"


def known(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def file_lines(found: dict[str, Any]) -> list[str]:
    """Lines for the transcription of files: the time of each way, and word errors."""
    lines = [
        f"{name:10} {known(factor, '.3f')} of real time, {found['words'][name]} words"
        for name, factor in found["real_time_factor"].items()
    ]
    lines.append(f"ours to batched: {found['ratio']:.3f} (of processor seconds {found['cpu_ratio']:.3f})")
    for group, errors in found["ours"]["word_errors"].items():
        batched = found["batched"]["word_errors"][group]["ours"]
        rates = (errors["ours"], errors["whole_file"], batched)
        ours, whole, theirs = (known(each["rate"], ".2%") for each in rates)
        lines.append(
            f"{group}: ours {ours} of {errors['ours']['words']} words wrong, whole file {whole}, batched {theirs}"
        )
    return lines
