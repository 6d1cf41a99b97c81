"""Formats the figures of some models as the tables of docs/benchmarks.md."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .corpus import GROUPS
from .report import delays, known

Found = dict[str, Any]
"""For each model, by name: `live` as `benchmark` returns it, `files` as `file_texts.measure` returns it, or both."""

LIVE = "live"
_PEERS = {"whisper-live": "WhisperLive", "whisperlivekit": "WhisperLiveKit"}
_SYSTEMS = {LIVE: "ours", **_PEERS}
_DASH = "–"


def tables(models: Found) -> str:
    """A summary with a column per model, then the tables of each model beside other programs."""
    parts = [_summary(models)]
    for name, found in models.items():
        if "live" in found:
            parts.append(f"### {name}: live\n\n{_live(found['live'])}")
        if "files" in found:
            parts.append(f"### {name}: files\n\n{_files(found['files'])}")
    return "\n\n".join(parts) + "\n"


def _summary(models: Found) -> str:
    rows: list[tuple[str, Callable[[Any], str]]] = [
        (
            "word errors live − faster-whisper on the whole file, ordinary / paused, points",
            _of_live(lambda run, _: _both(run["word_errors"])),
        ),
        (
            "word errors after Stop, when the recording was heard again − whole file, ordinary / paused, points",
            _of_live(lambda run, _: _both(run["second_pass"]["word_errors"])),
        ),
        (
            "word errors of files − faster-whisper on the whole file, ordinary / paused, points; "
            "time against its batched pipeline",
            lambda found: (
                f"{_both(found['files']['ours']['word_errors'])}; {found['files']['ratio']:.2f}×"
                if "files" in found
                else _DASH
            ),
        ),
        (
            "formatted errors live / after Stop − whole file, points",
            _of_live(
                lambda run, _: " / ".join(
                    _points(_pooled(each["formatted_errors"])) for each in (run, run["second_pass"])
                )
            ),
        ),
        (
            "sentence borders, F1: rows live / after Stop / segments of the whole file / its sentences",
            _of_live(
                lambda run, _: " / ".join(
                    known(each["f1"], ".2f")
                    for each in (
                        run["row_borders"]["ours"],
                        run["second_pass"]["row_borders"]["ours"],
                        run["row_borders"]["whole_file_segments"],
                        run["row_borders"]["whole_file_sentences"],
                    )
                )
            ),
        ),
        ("word end → shown, p50 / p95, s", _of_live(lambda run, _: delays(run["shown_s"]))),
        ("word end → stable, p50 / p95, s", _of_live(lambda run, _: delays(run["stable_s"]))),
        (
            "pause begins → all words so far stable, p95, s",
            _of_live(lambda run, _: known(run["pause_stable_s"]["p95"], ".2f")),
        ),
        (
            "stable words rewritten in 10 minutes",
            _of_live(lambda run, _: known(run["rewritten_stable_per_10_min"], ".1f")),
        ),
        (
            "streams with shown p95 ≤ 1.5 s and every word stable within 4 s",
            _of_live(lambda _, live: str(carried(live["runs"], LIVE))),
        ),
        (
            "ratio to WhisperLive: shown p95, stable p95, streams",
            _of_live(lambda _, live: _ratio(live["runs"])),
        ),
        ("rows from noise / from music", _of_live(lambda _, live: _invented(live["noise"]))),
    ]
    lines = [(title, *(cell(found) for found in models.values())) for title, cell in rows]
    return _markdown(("", *models), lines)


def _live(live: dict[str, Any]) -> str:
    ours = _alone(live["runs"], LIVE)
    names = [name for name in _SYSTEMS if _alone(live["runs"], name) is not None]
    runs = {name: _alone(live["runs"], name) or {} for name in names}
    whole = runs[LIVE] if ours is not None else next(iter(runs.values()), {})
    header = ("", *(_SYSTEMS[name] for name in names), "ours, after Stop", "faster-whisper, whole file")
    later = whole.get("second_pass")
    lines: list[tuple[str, ...]] = []

    def line(
        title: str, cell: Callable[[dict[str, Any]], str], of_whole: str = _DASH, *, has_later: bool = False
    ) -> None:
        of_later = cell(later) if later and has_later else _DASH
        lines.append((title, *(cell(runs[name]) for name in names), of_later, of_whole))

    for kind, title in (("word_errors", "word errors"), ("formatted_errors", "formatted errors")):
        for group in GROUPS:
            if group in whole.get(kind, {}):
                line(
                    f"{title}, {group}",
                    lambda run, kind=kind, group=group: _rate(run[kind].get(group, {}).get("ours")),  # type: ignore[misc]
                    _rate(whole[kind][group]["whole_file"]),
                    has_later=True,
                )
    line(
        "sentence borders: precision, recall, F1",
        lambda run: _borders(run["row_borders"]["ours"]),
        "; ".join(
            f"{name} {_borders(whole['row_borders'][f'whole_file_{name}'])}"
            for name in ("segments", "sentences")
        )
        if whole
        else _DASH,
        has_later=True,
    )
    for name, title in (
        ("first_word_s", "first word after Start"),
        ("shown_s", "word end → shown"),
        ("stable_s", "word end → stable"),
        ("final_s", "word end → in a row"),
        ("pause_stable_s", "pause begins → all words so far stable"),
    ):
        line(f"{title}, p50 / p95, s", lambda run, name=name: delays(run[name]))  # type: ignore[misc]
    line("longest word end → stable, s", lambda run: known(run["longest_stable_s"], ".1f"))
    line("stable words rewritten in 10 minutes", lambda run: known(run["rewritten_stable_per_10_min"], ".1f"))
    line("words read for a second that vanished", lambda run: str(run["vanished_words"]))
    line("words lost, doubled", lambda run: f"{run['lost_words']}, {run['doubled_words']}", has_later=True)
    line("processor seconds for a second of sound", lambda run: f"{run['cpu_s_per_audio_s']:.2f}")
    line("memory, MB", lambda run: str(run["rss_mb"]))
    lines.append(("streams", *(str(carried(live["runs"], name)) for name in names), _DASH, _DASH))
    return _markdown(header, lines) + "\n\n" + _streams(live["runs"])


def _streams(runs: Sequence[dict[str, Any]]) -> str:
    lines = [
        (
            _SYSTEMS[run["system"]],
            str(run["streams"]),
            delays(run["shown_s"]),
            delays(run["stable_s"]),
            known(run["longest_stable_s"], ".1f"),
            _rate(_sum(each["ours"] for each in run["word_errors"].values())),
            "yes" if run["carried"] else "no",
        )
        for run in runs
    ]
    return _markdown(
        ("", "streams", "shown, p50 / p95, s", "stable, p50 / p95, s", "longest", "word errors", "carried"),
        lines,
    )


def _files(found: dict[str, Any]) -> str:
    lines: list[tuple[str, ...]] = []
    for kind, title in (("word_errors", "word errors"), ("formatted_errors", "formatted errors")):
        for group, errors in found["ours"][kind].items():
            batched = found["batched"][kind][group]["ours"]
            lines.append(
                (
                    f"{title}, {group}",
                    *(_rate(each) for each in (errors["ours"], errors["whole_file"], batched)),
                )
            )
    borders = found["ours"]["row_borders"]
    lines += [
        (
            "sentence borders: precision, recall, F1",
            _borders(borders["ours"]),
            _borders(borders["whole_file_segments"]),
            _borders(found["batched"]["row_borders"]["ours"]),
        ),
        (
            "time for a second of sound, s",
            *(
                known(found["real_time_factor"].get(name), ".3f")
                for name in ("ours", "whole_file", "batched")
            ),
        ),
    ]
    return _markdown(("", "ours", "faster-whisper, whole file", "its batched pipeline"), lines)


def carried(runs: Sequence[dict[str, Any]], system: str) -> int:
    """The largest number of streams without overload, up to the first number with overload."""
    most = 0
    for run in sorted((run for run in runs if run["system"] == system), key=lambda run: run["streams"]):
        if not run["carried"]:
            break
        most = int(run["streams"])
    return most


def _alone(runs: Sequence[dict[str, Any]], system: str) -> dict[str, Any] | None:
    return next((run for run in runs if run["system"] == system and run["streams"] == 1), None)


def _of_live(cell: Callable[[dict[str, Any], dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
    """A cell about the run with one stream; a dash if there is none."""

    def said(found: dict[str, Any]) -> str:
        live = found.get("live")
        run = _alone(live["runs"], LIVE) if live else None
        return _DASH if live is None or run is None else cell(run, live)

    return said


def _both(errors: dict[str, Any]) -> str:
    return " / ".join(_points(errors.get(group)) for group in ("ordinary", "paused"))


def _points(errors: dict[str, Any] | None) -> str:
    if not errors or errors["ours"]["rate"] is None:
        return _DASH
    return f"{100 * (errors['ours']['rate'] - errors['whole_file']['rate']):+.1f}"


def _pooled(groups: dict[str, Any]) -> dict[str, Any]:
    return {name: _sum(each[name] for each in groups.values()) for name in ("ours", "whole_file")}


def _sum(errors: Iterable[dict[str, Any]]) -> dict[str, Any]:
    found = list(errors)
    words = sum(each["words"] for each in found)
    count = sum(each["errors"] for each in found)
    return {"errors": count, "words": words, "rate": count / words if words else None}


def _rate(errors: dict[str, Any] | None) -> str:
    return _DASH if errors is None else f"{known(errors['rate'], '.1%')} of {errors['words']}"


def _borders(found: dict[str, Any]) -> str:
    return ", ".join(known(found[name], ".2f") for name in ("precision", "recall", "f1"))


def _ratio(runs: Sequence[dict[str, Any]]) -> str:
    ours, theirs = _alone(runs, LIVE), _alone(runs, "whisper-live")
    if ours is None or theirs is None:
        return _DASH

    def of(name: str) -> str:
        mine, other = ours[name]["p95"], theirs[name]["p95"]
        return f"{mine / other:.2f}" if mine is not None and other else _DASH

    return f"{of('shown_s')}, {of('stable_s')}, {carried(runs, LIVE)} : {carried(runs, 'whisper-live')}"


def _invented(noise: Sequence[dict[str, Any]]) -> str:
    if not noise:
        return _DASH
    music = sum(each["rows"] for each in noise if each["name"].startswith("music"))
    return f"{sum(each['rows'] for each in noise) - music} / {music}"


def _markdown(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [header, ["---"] * len(header), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
