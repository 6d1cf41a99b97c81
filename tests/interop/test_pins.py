import json
import re

import pytest

from tests.interop.environments import HERE, NODE, REPOSITORY

REQUIREMENTS = sorted((HERE / "requirements").glob("*.in"))
CLIENTS = (REPOSITORY / "docs" / "clients.md").read_text(encoding="utf-8")
# What a client needs, or what is there only to reach the product with one.
OF_NO_CLIENT = {"websockets", "ws", "imageio-ffmpeg"}


def pinned(text: str) -> dict[str, str]:
    """The versions of a requirements file by package."""
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.stem)
def test_what_is_compiled_is_what_is_asked_for(path):
    asked, compiled = pinned(path.read_text()), pinned(path.with_suffix(".txt").read_text())
    assert asked
    assert asked.items() <= compiled.items()
    assert "://" not in path.with_suffix(".txt").read_text()


def test_the_lock_names_no_registry():
    packages = json.loads((NODE / "package-lock.json").read_text())["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]


def test_the_list_of_clients_says_what_was_checked():
    versions = dict(json.loads((NODE / "package.json").read_text())["dependencies"])
    for path in REQUIREMENTS:
        versions |= {f"{name} of {path.stem}": version for name, version in pinned(path.read_text()).items()}
    for name, version in versions.items():
        if name.partition(" ")[0] not in OF_NO_CLIENT:
            shown = version.removesuffix(".4") if name == "node-datachannel" else version
            assert shown in CLIENTS, f"{name} {version}"
