"""What was measured, kept row by row, and the table of it."""

import json
import os
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.faults import ALL
from tests.faults.product import CACHE, REPOSITORY
from tests.faults.scene import Outcome
from tests.faults.speech import Speech

DOCUMENT = REPOSITORY / "docs" / "reliability.md"
_BEGIN, _END = "<!-- table of script/test-faults -->", "<!-- end of the table -->"
_HEAD = (
    "| What happens | Words | Lost | Doubled | Out of order | Speech lost | Without live text | Live again after |",
    "| --- | --: | --: | --: | --: | --: | --: | --: |",
)


class Results:
    """Rows by name, each a JSON file in `.cache/faults/rows`, so that one can be measured again."""

    def __init__(self, speech: Speech, folder: Path = CACHE / "rows") -> None:
        self._folder = folder
        self._of = {
            "version": _version(),
            "model": Path(os.environ.get("WHISPER_MODEL", "")).name,
            "speech": speech.name,
            "processors": os.cpu_count(),
        }
        folder.mkdir(parents=True, exist_ok=True)
        self.rows: dict[str, dict[str, Any]] = {
            path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")
        }

    @property
    def measured(self) -> set[str]:
        """The rows that were measured with this version, this model and this speech."""
        return {name for name, row in self.rows.items() if "score" in row and row["of"] == self._of}

    def add(self, name: str, outcome: Outcome) -> None:
        self._keep(name, {**asdict(outcome), "ok": outcome.ok})

    def fail(self, name: str, why: str) -> None:
        self._keep(name, {"ok": False, "failed": why})

    def leave_out(self, name: str, why: str) -> None:
        self._keep(name, {"ok": True, "left_out": why})

    def ok(self, name: str) -> bool:
        return bool(self.rows.get(name, {}).get("ok"))

    def line(self, name: str) -> str:
        """One row in words."""
        row = self.rows[name]
        if why := row.get("failed") or row.get("left_out"):
            return str(why)
        said = f"{'ok' if row['ok'] else 'NOT OK'}: {' '.join(_cells(row)[1:])}"
        lost = " ".join(row["score"]["lost"])
        more = [f"lost: {lost}"] if lost else []
        more += [
            f"{what}: {' '.join(row['score'][what])}"
            for what in ("doubled", "disordered")
            if row["score"][what]
        ]
        return "; ".join([said, *more, *row["problems"]])

    def table(self) -> str:
        """The table of all rows, as Markdown."""
        lines = list(_HEAD)
        for name, fault in ALL.items():
            row = self.rows.get(name)
            if row is None:
                continue
            if why := row.get("failed") or row.get("left_out"):
                lines.append(f"| {fault.title} | not measured: {why} | | | | | | |")
                continue
            told = "".join(f"; {problem}" for problem in row["problems"])
            cells = _cells(row)
            lines.append(f"| {fault.title}{told} | {' | '.join(cells)} |")
        return "\n".join(lines)

    def origins(self) -> str:
        """With what the rows were measured, as sentences."""
        found: dict[str, list[str]] = {}
        for name, fault in ALL.items():
            if "score" in (row := self.rows.get(name, {})):
                of = row["of"]
                sentence = (
                    f"Version `{of['version']}`, model {of['model'] or 'of the product'}, {of['speech']} speech, "
                    f"{of['processors']} processors, {row['at'][:10]}"
                )
                found.setdefault(sentence, []).append(fault.title)
        if len(found) == 1:
            return f"{next(iter(found))}."
        return "\n".join(f"- {sentence}: {'; '.join(titles)}." for sentence, titles in found.items())

    def __str__(self) -> str:
        return "\n".join(f"{name:20} {self.line(name)}" for name in ALL if name in self.rows)

    def _keep(self, name: str, row: dict[str, Any]) -> None:
        kept = {**row, "of": self._of, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        self.rows[name] = kept
        path = self._folder / f"{name}.json"
        path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _cells(row: dict[str, Any]) -> list[str]:
    score = row["score"]
    return [
        str(score["said"]),
        *(str(len(score[what])) for what in ("lost", "doubled", "disordered")),
        _seconds(score["lost_ms"] / 1000),
        _seconds(row["without_text"]),
        _seconds(row["live_again"]),
    ]


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


def write_table(results: Results) -> None:
    """Puts the table into docs/reliability.md, between its marks."""
    text = DOCUMENT.read_text("utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    DOCUMENT.write_text(
        f"{before}{_BEGIN}\n\n{results.table()}\n\n{results.origins()}\n\n{_END}{after}", "utf-8"
    )


def _version() -> str:
    """The last commit that changed the product or the faults."""
    parts = ["captions", "static", "templates", "whisperstream_site", "tests/faults"]
    asked = ["git", "log", "-1", "--format=%h", "--", *parts]
    done = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"
