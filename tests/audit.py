"""`python -m tests.audit REPORT`: what a report of pip-audit means, in sentences; ends with 1 for a vulnerability."""

import json
import sys
from pathlib import Path
from typing import Any


def verdict(report: str) -> tuple[list[str], int]:
    """Sentences, and the status with which a check should end.

    Without the data about vulnerabilities nothing is known, which is no failure of the product.
    """
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return ["Vulnerabilities are not looked up: pip-audit could not reach its data."], 0
    checked = [package for package in packages if "skip_reason" not in package]
    if not checked:
        return ["Vulnerabilities are not looked up: the package index here has no data about them."], 0
    found = [_sentence(package, each) for package in checked for each in package["vulns"]]
    if found:
        return found, 1
    unknown = len(packages) - len(checked)
    rest = f"; nothing is known of {unknown} others" if unknown else ""
    return [f"No known vulnerability in {len(checked)} packages{rest}."], 0


def _sentence(package: dict[str, Any], vulnerability: dict[str, Any]) -> str:
    fixed = ", ".join(vulnerability.get("fix_versions") or ()) or "no version yet"
    return f"{package['name']} {package['version']} has {vulnerability['id']}, which is mended in {fixed}."


if __name__ == "__main__":
    sentences, status = verdict(Path(sys.argv[1]).read_text())
    print("\n".join(sentences), file=sys.stderr)
    sys.exit(status)
