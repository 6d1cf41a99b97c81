"""The catalogs say all that the sources mark, and the sources mark all that people read. Pages as they are served:
tests/web/test_marked_pages.py."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.jslexer import tokenize

from captions.web.script_catalog import messages_of
from tests import catalogs
from tests.catalogs import ROOT

EACH = [(language, domain) for language in catalogs.languages() for domain in catalogs.DOMAINS]
_VALUE = re.compile(r"%\(\w+\)[a-z]|%%|\{\w*\}")
_MARKERS = re.compile(r"_|n?p?gettext(_lazy|_noop)?")
_SENTENCE = re.compile(r"[A-Za-z]{2,}[,;:]? [A-Za-z]{2,}.*[.?!…]$")
_SCRIPT_SENTENCE = re.compile(r"[A-Za-z]{2,}[.,;:]? [A-Za-z]{2,}|^[A-Z][a-z]+[.…]?$")
# Keys as events call them, what a drag brings, questions to the browser, selectors, and names of classes.
_SCRIPT_WORDS = re.compile(
    r"Enter|Escape|Tab|Home|End|Delete|Files|\(.*: .*\)|audio/ogg; codecs=opus|"
    r"input, select|[a-z ]*[#.\[-][a-z #.=\[\]-]+"
)
# What these say is for who runs the server, or for the author of a client.
_UNTRANSLATED = re.compile(
    r"captions/(apps|audio|benchmarks|checks|asr|dialects|management|metrics|migrations|models|webrtc|speech)"
    r"|captions/protocol/(?:feed_frames|messages|sound_frames)|captions/live/worker/feed|captions/live/signaling/limits"
    r"|captions/clients/wyoming|captions/transcripts/final_writer"
    r"|captions/live/sound_socket/carrier|captions/web/(?:operations|state_metrics)|captions/recordings/cutting"
    r"|captions/core/(?:promptly|stores|valkey)|captions/api/(?:schemas|urls)"
)
_NOT_FOR_PEOPLE = {"AssertionError", "EngineError", "RuntimeError", "TypeError", "ValueError"}


@pytest.mark.parametrize(("language", "domain"), EACH)
def test_a_catalog_says_all_that_is_marked_and_nothing_else(language: str, domain: str) -> None:
    marked = catalogs.marked(domain)
    catalog = catalogs.read(catalogs.file_of(language, domain))
    said = {_key(message): message for message in catalog if message.id}
    hint = "script/translate brings the catalog up to date"
    assert sorted(said.keys() ^ marked.keys(), key=str) == [], hint
    assert not catalog.obsolete
    for key, message in said.items():
        texts = _texts(message.string)
        assert all(texts), f"{key} is not translated"
        assert not message.fuzzy, key
        sources = _texts(message.id)
        assert sources[1:] == [marked[key].many][: len(sources) - 1], hint
        wanted = set(_VALUE.findall(" ".join(sources)))
        for text in texts:
            values = set(_VALUE.findall(text))
            # In a singular, "one" may stand for the number.
            assert values == wanted or (len(texts) > 1 and text == texts[0] and values < wanted), (key, text)


@pytest.mark.parametrize(("language", "domain"), EACH)
def test_no_sentence_is_said_twice(language: str, domain: str) -> None:
    for message in catalogs.read(catalogs.file_of(language, domain)):
        for text in _texts(message.string):
            half = len(text) // 2
            assert not text or text[:half] != text[half:], _key(message)


@pytest.mark.parametrize(("language", "domain"), EACH)
def test_what_is_compiled_is_what_is_written(language: str, domain: str) -> None:
    written: dict[object, object] = {}
    for message in catalogs.read(catalogs.file_of(language, domain)):
        context = f"{message.context}\x04" if message.context else ""
        if isinstance(message.id, str):
            written[context + message.id] = message.string
        else:
            written |= {
                (context + message.id[0], form): said for form, said in enumerate(_texts(message.string))
            }
    with catalogs.file_of(language, domain, "mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    assert {key: said for key, said in compiled.items() if key} == {
        key: said for key, said in written.items() if key
    }


@pytest.mark.parametrize("language", catalogs.languages())
def test_nobody_and_no_date_is_in_the_header(language: str) -> None:
    for domain in catalogs.DOMAINS:
        text = catalogs.file_of(language, domain).read_text()
        assert not re.search(r"@|Last-Translator|-Date|Team", text.split("\n\n")[0])


@pytest.mark.parametrize("language", catalogs.languages())
def test_a_page_gets_every_sentence_of_its_modules(language: str) -> None:
    modules = ROOT / "static" / "js"
    for file in sorted(modules.glob("**/*.js")):
        wanted = {key for key, _ in catalogs.marked_in(file)}
        got = messages_of(language, f"app/{file.relative_to(modules).with_suffix('').as_posix()}")
        assert {f"{context}\x04{text}" if context else text for context, text in wanted} <= got.keys(), (
            file.name
        )


def test_no_sentence_of_a_script_is_unmarked() -> None:
    found = [
        f"{file.name}:{line}: {text}"
        for file in sorted((ROOT / "static" / "js").glob("**/*.js"))
        for line, text in _unmarked_in_script(file)
    ]
    assert found == []


def test_no_sentence_of_the_server_is_unmarked() -> None:
    found = [
        f"{path}:{line}: {text}"
        for file in sorted(ROOT.glob("captions/**/*.py"))
        if not _UNTRANSLATED.match(path := file.relative_to(ROOT).as_posix())
        for line, text in _Sentences.unmarked_in(file)
    ]
    assert found == []


def _key(message: Message) -> catalogs.Key:
    return (message.context, message.id if isinstance(message.id, str) else message.id[0])


def _texts(said: Any) -> list[str]:
    """One, or one for each plural form."""
    return [said] if isinstance(said, str) else list(said)


def _unmarked_in_script(file: Path) -> Iterator[tuple[int, str]]:
    calls: list[str] = []
    last = set_to = ""
    for token in tokenize(file.read_text(), jsx=False, dotted=True, template_string=True):
        if token.value == "(":
            calls.append(last)
        elif token.value == ")" and calls:
            calls.pop()
        elif token.type in ("string", "template_string") and not any(map(_MARKERS.fullmatch, calls)):
            text = re.sub(r"\$\{[^}]*\}", "", token.value[1:-1])
            if (
                _SCRIPT_SENTENCE.search(text)
                and not _SCRIPT_WORDS.fullmatch(text)
                and not set_to.endswith("className")
            ):
                yield token.lineno, text
        set_to = last if token.value == "=" else ""
        last = token.value if token.type == "name" else ""


class _Sentences(ast.NodeVisitor):
    """Whole sentences in literals that are neither marked nor docstrings, log lines, or for programmers."""

    def __init__(self) -> None:
        self._found: list[tuple[int, str]] = []

    @classmethod
    def unmarked_in(cls, file: Path) -> list[tuple[int, str]]:
        visitor = cls()
        visitor.visit(ast.parse(file.read_text()))
        return visitor._found

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        of = getattr(node.func.value, "id", "") if isinstance(node.func, ast.Attribute) else ""
        if not (_MARKERS.fullmatch(name) or name in _NOT_FOR_PEOPLE or of == "log"):
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and _SENTENCE.search(node.value):
            self._found.append((node.lineno, node.value))
