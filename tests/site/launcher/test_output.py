import io
import os
import re
import sys

import pytest

from whisperstream_site.launcher.output import Output


def test_every_line_has_the_time_and_its_speaker_in_front(capsysbinary):
    output = Output(["web", "audioworker"])
    output.write("web", b"up\n")
    output.say("One.\nTwo.")
    said = capsysbinary.readouterr().out.splitlines()
    assert [re.sub(rb"^\d\d:\d\d:\d\d ", b"", line) for line in said] == [
        b"web           | up",
        b"whisperstream | One.",
        b"whisperstream | Two.",
    ]


def test_what_is_not_text_is_passed_on(capsysbinary):
    Output(["web"]).write("web", b"\xff 10 %\r20 %\n")
    assert [line[25:] for line in capsysbinary.readouterr().out.splitlines()] == [b"\xff 10 %", b"20 %"]


def test_a_terminal_shows_each_name_in_a_colour(monkeypatch):
    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Terminal(written))
    output = Output(["web", "files"])
    for name in ("web", "files"):
        output.write(name, b"up")
    assert re.sub(rb"\d\d:\d\d:\d\d", b"", written.getvalue()).splitlines() == [
        b"\033[0m\033[33m web           | \033[0mup",
        b"\033[0m\033[32m files         | \033[0mup",
    ]


def test_a_terminal_that_was_closed_does_no_harm(monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    closed = os.fdopen(writer, "w")
    monkeypatch.setattr(sys, "stdout", closed)
    Output([]).say("Stopping.")
    with pytest.raises(BrokenPipeError):
        closed.close()
