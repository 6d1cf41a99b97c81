"""Texts that are made to cost much, wherever an expression or a comparison meets what people send.

Each is many times as long as it may be: what takes quadratic time would take minutes, and what does not takes moments.
"""

import json
import re
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from captions.audience import look
from captions.audience.events import _POSITION
from captions.audience.forms import _ORIGIN
from captions.core.characters import bare, cut, cut_start
from captions.core.filename import MAX_BYTES, content_disposition, filename
from captions.core.media_names import title_of
from captions.core.replacements import _ARROWS, Replacement, read_replacement, replacement
from captions.core.vocabulary import EntryError, vocabulary_entry
from captions.dialects.openai_files.asking import read_prompt
from captions.dialects.openai_realtime.configuration import Configuration, words_of_prompt
from captions.dialects.openai_realtime.errors import ClientError
from captions.models import Session, User
from captions.outputs import addresses
from captions.protocol import messages
from captions.protocol.messages import MessageError
from captions.recordings import byte_ranges
from captions.speech import sentences
from captions.transcripts import querying, titles
from captions.transcripts.changes import LONGEST_TEXT
from captions.transcripts.differences import differences
from captions.transcripts.export import markdown, pieces, srt, vtt
from captions.transcripts.realign import realigned
from captions.transcripts.replacing import written
from captions.transcripts.tokens import spans
from captions.transcripts.wording import LONGEST, Wording, correction
from captions.webrtc import candidates, data_section, offer, red_offer, sections
from tests.factories import make_session, words_of

_LENGTH = 100_000
_SECONDS = 3.0
"""Of the processor, for each text: a hundred times what one takes, and half of what quadratic time would be."""

# Each is repeated, between other characters.
PIECES = [
    *(
        "a",
        " ",
        "\n",
        "1",
        ".",
        "`a",
        "-",
        "<",
        "</ ",
        "1:",
        "1\n",
        "\n1",
        "--",
        "&",
        "&seq=",
        "=>",
        "-=",
        "um, ",
        "ah.",
    ),
    *(
        "so,",
        "ok",
        "x. ",
        "。",
        'a."',
        "a'",
        "!",
        " - at `$.",
        "m=",
        " 1",
        "0 /1",
        "[",
        "\\",
        "%",
        "event: ",
        "\r\n",
    ),
    # Marks that are written in another order than they are kept in.
    "\u0301\u0316",
    *("e\u0301", "\u0915\u094d", "\u200d", "\ud55c", "\u3042"),
]


def hostile(piece: str) -> list[str]:
    whole = (piece * (_LENGTH // len(piece) + 1))[:_LENGTH]
    return [f"a{whole}a", f"`{whole}\0"]


def cheaply(work: Callable[[str], object]) -> None:
    """Does it with each hostile text."""
    for piece in PIECES:
        for text in hostile(piece):
            begun = time.process_time()
            work(text)
            assert time.process_time() - begun < _SECONDS, piece


def _quietly(work: Callable[[str], object], *errors: type[Exception]) -> Callable[[str], object]:
    def quiet(text: str) -> None:
        try:
            work(text)
        except errors:
            return

    return quiet


EXPRESSIONS: list[Any] = [
    value
    for module in (
        addresses, byte_ranges, candidates, data_section, look, markdown, messages, offer, pieces, querying, red_offer,
        sections, sentences, srt, titles, vtt,
    )
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str) and name.startswith("_")
]  # fmt: skip


@pytest.mark.parametrize(
    "expression", [*EXPRESSIONS, _ARROWS, _ORIGIN, _POSITION], ids=lambda each: each.pattern[:40]
)
def test_an_expression_takes_a_moment(expression: "re.Pattern[str]") -> None:
    def work(text: str) -> None:
        expression.fullmatch(text)
        expression.match(text)
        expression.sub("", text)

    cheaply(work)


WORK: dict[str, Callable[[str], object]] = {
    "bare": bare,
    "cut": lambda text: cut(text, 200),
    "cut_start": lambda text: cut_start(text[:LONGEST_TEXT], 200),
    "filename": lambda text: filename(text[:1_000], text[:100], date(2026, 1, 1), "txt"),
    "content_disposition": lambda text: content_disposition(text[:MAX_BYTES]),
    "title_of": title_of,
    "vocabulary_entry": _quietly(vocabulary_entry, EntryError),
    "read_replacement": _quietly(read_replacement, EntryError),
    "replacement": _quietly(lambda text: replacement(text, "a"), EntryError),
    "its other side": _quietly(lambda text: replacement("a", text), EntryError),
    "read_prompt": read_prompt,
    "words_of_prompt": words_of_prompt,
    "spans": lambda text: spans(text[:20_000]),
    "clean_query": querying.clean_query,
    "query": lambda text: [*querying.typed_words(text[:2_000]), querying.Query.of(text[:2_000])],
    "proposal": lambda text: titles.proposal(text[:20_000]),
    "beyond": lambda text: titles.beyond(text[:200], [text[:20_000]]),
    "clean": pieces.clean,
    "wording": lambda text: Wording("a a", "b").applied(text),
    "wording of itself": lambda text: Wording(text[:LONGEST], "b").applied(text[:20_000]),
    "replacements": lambda text: written(
        text[:LONGEST_TEXT], [Replacement("a" * n, "b") for n in range(1, 40)]
    ),
}


@pytest.mark.parametrize("name", WORK)
def test_what_is_made_of_a_text_takes_a_moment(name: str) -> None:
    cheaply(WORK[name])


def test_a_message_is_refused_in_a_moment(settings: Settings) -> None:
    """A page's, and one on a data channel, which an audio worker reads that hears others, too."""
    settings.LIMIT_MESSAGE_BYTES = 20 * _LENGTH
    for wrong in (
        lambda text: {"type": text},
        lambda text: {"type": "offer", "gen": 1, "sdp": "v=0", "settings": {"language": 1, text: 1}},
        lambda text: {"type": "sync", "after_seq": text},
    ):
        cheaply(_quietly(lambda text, wrong=wrong: messages.parse(json.dumps(wrong(text))), MessageError))  # type: ignore[misc]


def test_what_was_sent_names_no_other_field() -> None:
    for kind in ("`gen`", " - at `$.gen", "`$.gen` `", "gen`"):
        with pytest.raises(MessageError, match="The type of the message must be"):
            messages.parse(json.dumps({"type": kind}))
    with pytest.raises(MessageError, match="gen must be a whole number"):
        messages.parse(json.dumps({"type": "offer", "sdp": "v=0"}))


def test_a_setting_of_the_realtime_api_is_refused_in_a_moment_and_not_repeated_at_length() -> None:
    def merged(text: str) -> None:
        with pytest.raises(ClientError) as raised:
            Configuration("whisper", ("en",)).merged(
                {"audio": {"input": {"format": {"type": text}}}}, flat=False
            )
        assert raised.value.param == "session.audio.input.format.type"
        assert len(str(raised.value)) < 500

    cheaply(merged)


# There are several comparisons, each of which may take a second or two; without a bound they take ten minutes.
_LONG_SECONDS = 60.0


@pytest.fixture
def long_texts() -> tuple[str, str]:
    """Two that repeat themselves, as long as a sentence may be."""
    return ("a " * (LONGEST_TEXT // 2)).strip(), ("b a " * (LONGEST_TEXT // 4)).strip()


def test_texts_that_repeat_themselves_are_compared_in_a_moment(long_texts: tuple[str, str]) -> None:
    older, newer = long_texts
    begun = time.process_time()
    assert correction(older, newer) is None
    changes = differences(older, newer)
    assert "".join(each.text for each in changes if each.kind != "added") == older
    assert "".join(each.text for each in changes if each.kind != "removed") == newer
    words = realigned(newer, words_of(older), 0, 60_000)
    assert "".join(word.text for word in words).strip() == newer
    # Without spaces, letters are compared.
    words = realigned(
        newer.replace("a", "あ").replace(" ", ""), words_of(older.replace("a", "あ")), 0, 60_000
    )
    assert time.process_time() - begun < _LONG_SECONDS


def test_a_correction_that_is_made_to_cost_much(
    visitor: Client, user: User, long_texts: tuple[str, str]
) -> None:
    older, newer = long_texts
    session: Session = make_session(user, [older])
    begun = time.process_time()
    path = f"/sessions/{session.pk}/utterances/1/"
    answer = visitor.post(path, {"text": newer, "version": 1}, headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.content
    assert visitor.get(f"{path}versions/").status_code == 200
    assert visitor.get(f"/sessions/{session.pk}/versions/").status_code == 200
    assert time.process_time() - begun < _LONG_SECONDS


MUCH: dict[str, str] = {
    "dashes": "-" * 2_000_000,
    "marks": "a" + "\u0301\u0316" * 300_000,
    "lines": "a -> b\n" * 200_000,
    "letters": "a" * 2_000_000,
}


@pytest.mark.parametrize("name", MUCH)
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/settings/", ["vocabulary", "replacements"]),
        ("/settings/vocabulary/add/", ["word"]),
        ("/settings/replacements/add/", ["heard", "written"]),
        ("/sessions/{pk}/title/", ["title"]),
        ("/sessions/{pk}/tags/", ["add"]),
        ("/sessions/{pk}/notes/", ["text"]),
        ("/sessions/{pk}/replace/", ["sought", "written"]),
        ("/sessions/{pk}/utterances/1/", ["text"]),
        ("/uploads/", ["name"]),
        ("/settings/tokens/new/", ["name"]),
        ("/sessions/selection/delete/", ["query"]),
        ("/accounts/login/", ["login", "password"]),
        ("/accounts/signup/", ["username", "email", "password1", "password2"]),
        ("/accounts/password/reset/", ["email"]),
    ],
)
def test_a_form_that_is_made_to_cost_much(
    name: str, path: str, fields: list[str], visitor: Client, user: User, client: Client
) -> None:
    """As much as a form may have, in each of its fields."""
    sender = client if path.startswith("/accounts/") else visitor
    session = make_session(user, ["One."])
    for field in fields:
        form = dict.fromkeys(fields, "a") | {"version": 1, "at_ms": 0, "kind": "note", field: MUCH[name]}
        begun = time.process_time()
        answer: Any = sender.post(path.format(pk=session.pk), form)
        assert answer.status_code < 500, field
        assert time.process_time() - begun < _LONG_SECONDS, field


QUERIES = [
    '"' * 200,
    "-" * 200,
    "a " * 100,
    '"a b" OR ' * 22,
    "OR " * 66,
    "* " * 100,
    "a:* & " * 33,
    "あ" * 200,
    "🦜" * 200,
]


def test_a_search_for_a_long_phrase_in_texts_that_repeat_it(visitor: Client, user: User) -> None:
    """To rank each of these rows by how near the words are to each other would take seconds."""
    make_session(user, ["あ" * 3_000] * 30)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '20s'")
    answer: Any = visitor.get("/sessions/", {"q": "あ" * 200})
    assert answer.status_code == 200
    assert "<mark>" in answer.content.decode()


@pytest.mark.parametrize("query", [*QUERIES, "xqzw " * 40, "a" * 200, "!(" * 100, "\\" * 200])
def test_a_search_that_is_made_to_cost_much(query: str, visitor: Client, user: User) -> None:
    make_session(user, ["a " * 2_400, "b a " * 1_200, "あ" * 3_000])
    answer: Any = visitor.get("/sessions/", {"q": query})
    assert answer.status_code == 200
