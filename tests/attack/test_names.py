"""Titles that are made to harm wherever a file or a header is named after one: downloads, and names in ZIP files."""

import io
import re
import sys
import unicodedata
import zipfile
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from captions.account.archive import make
from captions.core.filename import MAX_BYTES, content_disposition, filename
from captions.core.invisible import JOINERS, is_mark
from captions.models import Archive, Recording, Scope, Session, User
from captions.transcripts.export import FORMATS
from tests.clients.tokens import token_of
from tests.factories import make_ended_session
from tests.storages import store_below

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet_log")]

TITLES = [
    "../../../../etc/passwd",
    "..\\..\\windows\\system32",
    "/etc/cron.d/x",
    "C:\\x",
    "CON",
    "nul.txt",
    "LPT1:",
    "a\r\nSet-Cookie: x=y\r\n\r\n<script>",
    'a"; filename="evil.exe',
    "a'; filename*=UTF-8''evil.exe",
    "invoice\u202egnp.exe",
    "\u2066\u2067x\u2069",
    "\x1b[31mred\x07",
    ".bashrc",
    "-rf ~",
    "$(reboot) `reboot` ;reboot",
    "%2e%2e%2f%00",
    "．．／．．／fullwidth",
    "=HYPERLINK(1)",
    "<img src=x onerror=alert(1)>",
    "x" * 200,
    "🦜" * 200,
    "e\u0301" * 100,
    "\u0301" * 200,
    "\ufeff\u200b\u00ad",
    "   ",
    "Ａ＂Ｂ＼Ｃ",
    "⑴⒈㏂℀½",
]
_HEADER = re.compile(
    r"attachment; filename=\"(?P<plain>[ !#-.0-\[\]-~]+)\"; filename\*=UTF-8''(?P<whole>[\w%.~-]+)", re.ASCII
)


def harmless(name: str) -> None:
    """It is letters and digits of any script and hyphens, behind a date or a word of ours and before an ending."""
    assert len(name.encode()) <= MAX_BYTES
    stem, *ends = name.split(".")
    assert stem.startswith(("2", "whisperstream-"))
    assert all(each.isalnum() or is_mark(each) or each in f"-{JOINERS}" for each in stem)
    assert 1 <= len(ends) <= 2
    assert all(re.fullmatch("[a-z0-9-]+", each) for each in ends)


def is_harmless(answer: Any) -> None:
    """So is the name in the head of an answer, in both of its forms; and the head is one line."""
    assert answer.status_code == 200
    said = answer.headers["Content-Disposition"]
    found = _HEADER.fullmatch(said)
    assert found, said
    harmless(unquote(found["whole"]))
    assert not found["plain"].startswith((".", "-"))


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.fixture
def sessions(user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Session]:
    """One for each title; as with a database of another time, none of them was checked."""
    store_below(tmp_path / "kept", "sound", Recording, monkeypatch)
    made = [make_ended_session(user, ["One."], language="en") for _ in TITLES]
    for session, title in zip(made, TITLES, strict=True):
        Session.objects.filter(pk=session.pk).update(title=title[:200])
        Recording.objects.create(
            session=session, file=ContentFile(b"OggS", name=f"{session.pk}.opus"), duration_ms=2_000, size=4
        )
    return made


def test_each_download(visitor: Client, user: User, sessions: list[Session]) -> None:
    token = token_of(user, Scope.READ)
    program = Client(headers={"authorization": f"Bearer {token}"})
    names = list(FORMATS)
    for number, session in enumerate(sessions):
        name = names[number % len(names)]
        is_harmless(visitor.get(f"/sessions/{session.pk}/export.{name}"))
        is_harmless(visitor.get(f"/sessions/{session.pk}/export/?format={name}&download="))
        is_harmless(visitor.get(f"/sessions/{session.pk}/sound/download/"))
        is_harmless(program.get(f"/api/v1/sessions/{session.pk}/export.{name}"))


def test_many_in_one_file(visitor: Client, sessions: list[Session], tmp_path: Path) -> None:
    form = {"session": [str(session.pk) for session in sessions], "format": "txt"}
    answer = visitor.post("/sessions/selection/export/", form)
    is_harmless(answer)
    with zipfile.ZipFile(io.BytesIO(body(answer))) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "out")
    assert len(names) == len(sessions) == len({name.casefold() for name in names})
    for name in names:
        harmless(name)
    assert sorted(path.name for path in (tmp_path / "out").rglob("*")) == sorted(names)


def test_the_archive_of_an_account(
    visitor: Client, user: User, sessions: list[Session], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_below(tmp_path / "archives", "archives", Archive, monkeypatch)
    User.objects.filter(pk=user.pk).update(username="../../x", first_name="\r\n")
    made = Archive.objects.create(user=user)
    make(made.pk)
    answer = visitor.get("/settings/data/archive.zip")
    is_harmless(answer)
    with zipfile.ZipFile(io.BytesIO(body(answer))) as archive:
        names = archive.namelist()
    folders = {name.split("/")[1] for name in names if "/" in name}
    assert len(folders) == len(sessions)
    for name in names:
        first, *rest = name.split("/")
        assert first in ("README.txt", "account.json", "dictations")
        assert len(rest) in (0, 2)
    for folder in folders:
        # Behind the name, a part of the id makes it unique.
        harmless(f"{folder.rpartition('-')[0]}.x")


def test_no_letter_becomes_a_sign_that_a_header_obeys() -> None:
    """Compatibility forms of all letters and digits there are, in the stand-in for old browsers."""
    letters = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isalnum()]
    odd = [each for each in letters if not unicodedata.normalize("NFKD", each).isalnum()]
    assert odd, "such as ⑴"
    for start in range(0, len(odd), 8):
        name = filename("a" + "".join(odd[start : start + 8]), "", date(2026, 1, 1), "txt")
        assert _HEADER.fullmatch(content_disposition(name)), odd[start : start + 8]
