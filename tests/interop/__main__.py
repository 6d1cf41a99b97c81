"""Runs the product with the clients of other projects: `script/test-interop [FAMILY…]`.

A family is a file `check_FAMILY.py`. Ends with 0 if every check of the families passed or had to be left out here.
"""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.interop.environments import HERE
from tests.interop.product import PRODUCT, NotStarted, Product, running

_NOT_READY = 78
_PREFIX = "check_"
_REASON_LENGTH = 110


class Table:
    """A pytest plugin: brings the checks a running product, and writes down how each of them went."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self.rows: list[tuple[str, str, str, str]] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[PRODUCT] = self._product

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        path, _, name = report.nodeid.partition("::")
        # Which browser it is goes without saying.
        name = name.replace("[chromium]", "")
        row = (family_of(Path(path)), name.removeprefix("test_"), report.outcome, _reason(report))
        self.rows.append(row)

    def __str__(self) -> str:
        widths = [max((len(row[column]) for row in self.rows), default=0) for column in range(3)]
        lines = [
            "  ".join(
                [*(part.ljust(width) for part, width in zip(row, widths, strict=False)), row[3]]
            ).rstrip()
            for row in self.rows
        ]
        counted = Counter(outcome for *_, outcome, _ in self.rows)
        return "\n".join(
            [*lines, ", ".join(f"{counted[key]} {key}" for key in ("passed", "failed", "skipped"))]
        )


def family_of(path: Path) -> str:
    return path.stem.removeprefix(_PREFIX).replace("_", "-")


def _reason(report: pytest.TestReport) -> str:
    if report.outcome == "passed":
        return ""
    if report.outcome == "skipped" and isinstance(report.longrepr, tuple):
        text = report.longrepr[2].removeprefix("Skipped: ")
    else:
        crash = getattr(report.longrepr, "reprcrash", None)
        text = crash.message if crash else str(report.longrepr)
    line = text.strip().splitlines()[0].removeprefix("Failed: ") if text.strip() else ""
    return line if len(line) <= _REASON_LENGTH else line[: _REASON_LENGTH - 1] + "…"


def main() -> int:
    files = {family_of(path): path for path in sorted(HERE.glob(f"{_PREFIX}*.py"))}
    asked = sys.argv[1:] or list(files)
    if unknown := [family for family in asked if family not in files]:
        print(f"There is no family {', '.join(unknown)}. There are: {', '.join(files)}.", file=sys.stderr)
        return 64
    if "WHISPER_MODEL" not in os.environ:
        print("WHISPER_MODEL is not set: the checks use the model that the product chooses.", file=sys.stderr)
    try:
        with running() as product:
            table = Table(product)
            options = [
                "-n",
                "0",
                "-q",
                "-o",
                f"python_files={_PREFIX}*.py",
                "--no-header",
                "--tb=short",
                "-p",
                "no:cacheprovider",
            ]
            status = pytest.main([*options, *(str(files[family]) for family in asked)], plugins=[table])
    except NotStarted as error:
        print(error, file=sys.stderr)
        return _NOT_READY
    print(f"\n{table}")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
