"""What a process of the product writes to its log."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.conftest import REPOSITORY

CODE = """
import logging, structlog
from whisperstream_site import logs
logs.configure({level!r}, {form!r})
structlog.contextvars.bind_contextvars(session="5e55")
structlog.get_logger("captions.live.worker").info("final_saved", seq=3)
logging.getLogger("django.request").warning("Not Found: /x")
logging.getLogger("aiortc").info("v=0 an offer")
logging.getLogger("django.db.backends").debug("INSERT … VALUES ('what somebody said')")
def decode(transcript):
    raise ValueError("bad")
try:
    decode("what somebody said")
except ValueError:
    structlog.get_logger("captions.asr.engine").exception("decode_failed")
"""


def logged(form: str, level: str = "INFO") -> str:
    command = [sys.executable, "-c", CODE.format(form=form, level=level)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr


def test_one_json_object_a_line_with_the_session():
    lines = [json.loads(line) for line in logged("auto").splitlines()]
    assert [line["event"] for line in lines] == ["final_saved", "Not Found: /x", "decode_failed"]
    assert all(line["session"] == "5e55" for line in lines)
    assert lines[0]["seq"] == 3
    assert lines[0]["logger"] == "captions.live.worker"
    assert lines[0]["level"] == "info"
    assert lines[0]["timestamp"].endswith("Z")
    assert "ValueError: bad" in lines[2]["exception"]


def test_at_warning_missing_pages_are_not_worth_a_line():
    lines = [json.loads(line) for line in logged("json", "WARNING").splitlines()]
    assert [line["event"] for line in lines] == ["decode_failed"]


@pytest.mark.parametrize(("form", "level"), [("json", "DEBUG"), ("console", "INFO")])
def test_no_offer_no_query_and_no_variable_of_a_traceback(form, level):
    text = logged(form, level)
    assert "ValueError: bad" in text
    assert "what somebody said" not in text.replace('decode("what somebody said")', "")
    assert "v=0" not in text


ROUTINE = """
import logging
from celery.app.trace import LOG_FAILURE, LOG_SUCCESS
from whisperstream_site import logs
logs.configure({level!r}, "json")
task = {{"name": "tend", "id": 1, "return_value": None, "runtime": 0.1, "description": "failed", "exc": "odd"}}
logging.getLogger("celery.beat").info("Scheduler: Sending due task tend")
logging.getLogger("celery.worker.strategy").info("Task tend[1] received")
logging.getLogger("celery.app.trace").info(LOG_SUCCESS, task)
logging.getLogger("celery.app.trace").error(LOG_FAILURE, task)
logging.getLogger("celery.beat").error("beat: Connection error")
"""


@pytest.mark.parametrize(("level", "lines"), [("INFO", 2), ("DEBUG", 5), ("WARNING", 2)])
def test_what_celery_does_every_few_seconds_is_said_at_debug_only(level, lines):
    command = [sys.executable, "-c", ROUTINE.format(level=level)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    said = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert len(said) == lines, said
    assert said[-1] == "beat: Connection error"
    assert any("failed" in event for event in said)


def test_every_event_is_a_name_with_fields():
    """What is looked for in a log is one word; what differs from case to case is a field of its own."""
    wrong = [
        f"{path.relative_to(REPOSITORY)}:{call.lineno} {event}"
        for folder in ("captions", "whisperstream_site")
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
        for call, event in _events(ast.parse(path.read_text()))
        if not re.fullmatch(r"[a-z]+(_[a-z]+)+", event)
    ]
    assert wrong == []


def _events(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    levels = {"debug", "info", "warning", "error", "exception", "critical"}
    for call in ast.walk(tree):
        match call:
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Name(id="log" | "_log" | "logger") | ast.Attribute(attr="_log"), attr=level
                ),
                args=[event, *_],
            ) if level in levels:
                for each in ast.walk(event):
                    if isinstance(each, ast.Constant) and isinstance(each.value, str):
                        yield call, each.value


KEYS = """
import structlog
from whisperstream_site import logs
logs.configure("INFO", {form!r})
log = structlog.get_logger("x")
log.warning("refused", error="Authorization: Bearer s3cret, no", url="?key=sk-proj-s3cret_1")
try:
    raise OSError("wsp_s3cret123 is wrong")
except OSError:
    log.exception("failed sk-s3cret-2")
"""


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_key_is_shown(form: str) -> None:
    command = [sys.executable, "-c", KEYS.format(form=form)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert "s3cret" not in done.stderr
    shown = "…" if form == "console" else "\\u2026"
    assert done.stderr.count(shown) == 4
    assert "Remove" not in done.stderr
    assert " is wrong" in done.stderr
