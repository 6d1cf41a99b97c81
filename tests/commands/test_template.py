"""Phrases of own actions: what they are said with, what is wrong with them, and that none costs much."""

from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from captions.commands import template
from captions.commands.template import (
    LONGEST_TEMPLATE,
    MOST_WORDS,
    TemplateError,
    behind,
    filled,
    heard,
    read,
)

LIGHT = "[please] (turn|switch) on [the] {device}"


def match(phrase: str, text: str) -> dict[str, str] | None:
    return read(phrase).match(heard(text), text)


@pytest.mark.parametrize(
    ("phrase", "text", "slots"),
    [
        (LIGHT, "Turn on the hall light.", {"device": "hall light"}),
        (LIGHT, "Please, switch on Lamp 2!", {"device": "Lamp 2"}),
        (LIGHT, "Turn on", None),
        (LIGHT, "Turn off the light.", None),
        (LIGHT, "Turn on the", {"device": "the"}),
        ("add {item} [please]", "Add oat milk, please.", {"item": "oat milk"}),
        (
            "call {who} at {when}",
            "Call Jan van Dijk at half past nine",
            {"who": "Jan van Dijk", "when": "half past nine"},
        ),
        ("(a [very] (big|small)|no) dog", "A very small dog.", {}),
        ("(a [very] (big|small)|no) dog", "No dog?", {}),
        ("(a [very] (big|small)|no) dog", "A dog", None),
        ("licht [im {zimmer}] an", "Licht im Büro an.", {"zimmer": "Büro"}),
        ("licht [im {zimmer}] an", "Licht an.", {}),
        ("don't wait", "Don’t wait.", {}),
        ("straße frei", "STRASSE FREI", {}),
        ("cafe\u0301 zu", "Café zu.", {}),
        ("turn-on", "turn on", {}),
        ("note {was}", "Note " + "x " * (MOST_WORDS - 1), {"was": ("x " * (MOST_WORDS - 1)).strip()}),
        ("note {was}", "Note " + "x " * MOST_WORDS, None),
        ("note", "", None),
    ],
)
def test_what_is_said(phrase: str, text: str, slots: dict[str, str] | None) -> None:
    assert match(phrase, text) == slots


@pytest.mark.parametrize(
    ("phrase", "flaw", "part"),
    [
        ("turn [on", "bracket", "["),
        ("turn on]", "bracket", "]"),
        ("turn (on]", "bracket", "("),
        ("turn {on", "bracket", "{"),
        ("turn on}", "bracket", "}"),
        ("a|b", "bar", "|"),
        ("turn []", "empty", ""),
        ("turn (on|)", "empty", ""),
        ("turn (on|…)", "empty", ""),
        ("turn {}", "slot", ""),
        ("turn {1}", "slot", "1"),
        ("turn {a b}", "slot", "a b"),
        (f"turn {{{'a' * 31}}}", "slot", "a" * 31),
        ("{a} or {a}", "slot_twice", "a"),
        ("turn {a} {b}", "slots_touch", "b"),
        ("turn {a} [on] {b}", "slots_touch", "b"),
        ("turn [{a}] (x|{b}) y", "slots_touch", "b"),
        ("{a}", "no_word", ""),
        ("[please] {a}", "no_word", ""),
        ("(note|{a})", "no_word", ""),
        ("…", "no_word", ""),
        ("", "no_word", ""),
        ("a " * LONGEST_TEMPLATE, "too_long", ""),
        ("a " * 90, "too_much", ""),
        ("x [" * 6 + "x" + "]" * 6, "too_much", ""),
    ],
)
def test_what_is_wrong(phrase: str, flaw: str, part: str) -> None:
    with pytest.raises(TemplateError) as raised:
        read(phrase)
    assert (raised.value.flaw, raised.value.part) == (flaw, part)


def test_the_lead_word() -> None:
    said = heard("Hey, house, stop.")
    assert behind("", said) == said
    assert behind("hey house", said) == said[2:]
    assert behind("house", said) is None
    assert behind("hey house stop it", said) is None


def test_a_text_with_slots() -> None:
    text = "Dear {name}, {where}{} {1} { name }"
    assert list(template.slots_in(text)) == ["name", "where"]
    assert filled(text, {"name": "{where}"}) == "Dear {where}, {} {1} { name }"


words = st.sampled_from(["a", "b", "c"])


def _nodes(inner: Any) -> Any:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        several.map(" ".join),
        several.map(lambda each: f"({'|'.join(each)})"),
        several.map(lambda each: f"[{'|'.join(each)}]"),
    )


phrases = st.recursive(words, _nodes, max_leaves=10)


def _said(phrase: str) -> set[tuple[str, ...]]:
    """Every way to say a phrase without slots: the slow and simple way."""
    at = 0

    def sequence() -> set[tuple[str, ...]]:
        nonlocal at
        found: set[tuple[str, ...]] = {()}
        while at < len(phrase) and phrase[at] not in "|])":
            sign = phrase[at]
            at += 1
            if sign == " ":
                continue
            ways: set[tuple[str, ...]] = {(sign,)}
            if sign in "[(":
                ways = {()} if sign == "[" else set()
                while True:
                    ways |= sequence()
                    at += 1
                    if phrase[at - 1] != "|":
                        break
            found = {before + way for before in found for way in ways}
        return found

    return sequence()


@settings(max_examples=200, deadline=None)
@given(phrases)
@example("[a] [a b] (a|b [c])")
def test_it_is_what_all_its_ways_are(phrase: str) -> None:
    try:
        read(phrase)
    except TemplateError:
        return
    ways = _said(phrase)
    for count in range(1, 5):
        for said in product("abc", repeat=count):
            assert (match(phrase, " ".join(said)) == {}) is (said in ways), said


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab {}[]()|", max_size=LONGEST_TEMPLATE), st.text(alphabet="ab ", max_size=120))
def test_whatever_is_written_is_read_or_refused_and_costs_little(phrase: str, text: str) -> None:
    try:
        automaton = read(phrase)
    except TemplateError:
        return
    said = heard(text)
    slots = automaton.match(said, text)
    assert slots is None or set(slots) <= set(automaton.slots)
    assert steps(automaton) <= 250


@pytest.mark.parametrize("phrase", ["[a] " * 25 + "a", "([a]|[a] a) " * 7 + "a", "(a {b}|a [a] {c}) a"])
def test_what_would_be_costly_to_go_back_over_is_not(phrase: str) -> None:
    automaton = read(phrase.strip())
    tried = Counting("a " * (MOST_WORDS - 1) + "b")
    assert automaton.match(tried, tried.text) is None
    assert tried.looked <= steps(automaton) * MOST_WORDS * 2


class Counting(list[Any]):
    """Words that count how often they are looked at."""

    def __init__(self, text: str) -> None:
        super().__init__(heard(text))
        self.text, self.looked = text, 0

    def __getitem__(self, at: Any) -> Any:
        self.looked += 1
        return super().__getitem__(at)


def steps(automaton: template.Template) -> int:
    return sum(map(len, automaton._edges))
