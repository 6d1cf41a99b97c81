import json
from typing import Any

import pytest

from tests.audit import verdict

_SAFE = {"name": "django", "version": "5.2.19", "vulns": []}
_SKIPPED = {"name": "av", "skip_reason": "Dependency not found on PyPI"}
_UNSAFE = {
    "name": "daphne",
    "version": "4.2.1",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["4.2.2"]}, {"id": "PYSEC-2", "fix_versions": []}],
}


@pytest.mark.parametrize(
    ("packages", "sentences", "status"),
    [
        ([_SAFE], ["No known vulnerability in 1 packages."], 0),
        ([_SAFE, _SKIPPED], ["No known vulnerability in 1 packages; nothing is known of 1 others."], 0),
        (
            [_SKIPPED, _UNSAFE],
            [
                "daphne 4.2.1 has PYSEC-1, which is mended in 4.2.2.",
                "daphne 4.2.1 has PYSEC-2, which is mended in no version yet.",
            ],
            1,
        ),
        (
            [_SKIPPED],
            ["Vulnerabilities are not looked up: the package index here has no data about them."],
            0,
        ),
    ],
)
def test_what_was_found(packages: list[dict[str, Any]], sentences: list[str], status: int) -> None:
    assert verdict(json.dumps({"dependencies": packages, "fixes": []})) == (sentences, status)


@pytest.mark.parametrize("report", ["", "{}", "[]"])
def test_without_a_network_nothing_is_known(report: str) -> None:
    assert verdict(report) == (["Vulnerabilities are not looked up: pip-audit could not reach its data."], 0)
