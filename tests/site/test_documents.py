"""What is written down, held against what the code says."""

import ast
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)` \|\s*(.*?)\s*\| (.+) \|$", re.MULTILINE)
# Read by a library or by the launcher, not through env.py.
OF_OTHERS = {"HF_HOME", "PROMETHEUS_MULTIPROC_DIR"}


def table() -> dict[str, str]:
    """The variables of the README with the text of their default."""
    return {name: default for name, default, _ in ROW.findall(README)}


def read_in_code() -> dict[str, list[ast.expr]]:
    """The variables that the code reads, with their defaults as they are written there."""
    found: dict[str, list[ast.expr]] = {}
    for folder in ("whisperstream_site", "captions"):
        for file in sorted((REPOSITORY / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "env"
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                ):
                    defaults = node.args[1:2] if node.func.attr != "required" else []
                    found.setdefault(str(node.args[0].value), []).extend(defaults)
    return found


def test_every_variable_is_in_the_readme_and_no_other():
    assert set(table()) - OF_OTHERS == set(read_in_code())


def _spelled(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value == [] else str(value)


def test_the_defaults_are_right():
    wrong = {}
    for name, defaults in read_in_code().items():
        for node in defaults:
            try:
                value = ast.literal_eval(node)
            except ValueError:
                try:
                    value = eval(compile(ast.Expression(node), "default", "eval"), {"__builtins__": {}})
                except NameError:
                    # It depends on other settings; the README says how in words.
                    continue
            expected = _spelled(value)
            if not table()[name].startswith(f"`{expected}`") and table()[name] != expected:
                wrong[name] = (expected, table()[name])
    assert wrong == {}


def test_the_commands_it_names_exist():
    named = set(re.findall(r"manage\.py ([a-z_]+)", README)) | set(
        re.findall(r"^\| `([a-z]+)[ `]", README, re.MULTILINE)
    )
    assert named
    assert named <= set(get_commands())


@pytest.mark.parametrize(
    "document", ["README.md", "docs/clients.md", "docs/operations.md", "docs/testing.md", "CHANGELOG.md"]
)
def test_links_lead_somewhere(document):
    file = REPOSITORY / document
    text = file.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        if path and not path.startswith("http"):
            assert (file.parent / path).exists(), target
        if anchor and not path:
            assert anchor in headings, target


def test_the_example_environment_holds_settings_that_exist():
    text = (REPOSITORY / "deploy" / "whisperstream.env").read_text(encoding="utf-8")
    names = set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))
    assert names
    assert names <= set(table())


def units() -> list[Path]:
    return sorted((REPOSITORY / "deploy" / "systemd").iterdir())


def test_the_units_run_commands_that_exist():
    commands = set()
    for unit in units():
        commands |= set(re.findall(r"^ExecStart=.* manage\.py (\w+)", unit.read_text(), re.MULTILINE))
    assert commands == {"prepare", "web", "audioworker", "celeryworker", "outputs", "wyoming"}
    assert commands <= set(get_commands())


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_systemd_understands_the_units(tmp_path):
    for unit in units():
        # The only thing of theirs that is not here.
        text = unit.read_text().replace("/opt/whisperstream/.venv/bin/python", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_procfile_runs_every_role():
    lines = (REPOSITORY / "Procfile").read_text().splitlines()
    roles = [line.partition(":")[0] for line in lines]
    assert roles == ["web", "audioworker", "celery", "files", "gaps", "outputs", "wyoming"]
    for line in lines:
        command = re.fullmatch(r"\w+: python manage\.py (\w+)( --beat| --files| --gaps)?", line)
        assert command, line
        assert command[1] in get_commands()


def test_every_word_of_the_glossary_lives_where_it_says():
    rows = re.findall(
        r"^\| \*\*(.+?)\*\* \| .+ \| (.+) \|$", (REPOSITORY / "docs/glossary.md").read_text(), re.MULTILINE
    )
    assert len(rows) > 30
    gone = [
        f"{word}: {place}"
        for word, places in rows
        for place in re.findall(r"`(.+?)`", places)
        if not any((REPOSITORY / root / place).exists() for root in ("", "captions"))
    ]
    assert gone == []


def test_the_picture_of_the_rooms_is_the_contract_of_imports():
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]
    (contract,) = (each for each in contracts["contracts"] if each["type"] == "layers")
    layers = [set(re.findall(r"\w+", layer)) for layer in contract["layers"]]
    shown: dict[int, set[str]] = {}
    picture = (REPOSITORY / "docs" / "house.svg").read_text(encoding="utf-8")
    for height, room in re.findall(r'<text[^>]* y="(\d+)">(\w+)<', picture):
        shown.setdefault(int(height), set()).add(room)
    drawn = [shown[height] for height in sorted(shown)]
    assert drawn[0] == {"whisperstream_site"}
    # The first layer has no room, and `metrics` is a single file.
    assert drawn[1:] == [layer - {"metrics"} for layer in layers[1:]]
