"""The full database and the questions to it, on a small scale."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from captions.benchmarks.library import vocabulary
from captions.models import Session, User, Utterance


@pytest.mark.django_db
def test_a_database_is_filled_and_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # VACUUM is for outside of a transaction, in which a test is.
    monkeypatch.setattr("captions.management.commands.bench_search._VACUUM", "SELECT 1")
    out = tmp_path / "out.json"
    call_command("bench_search", fill=400, people=3, queries=30, json=out)
    assert User.objects.count() == 3
    assert abs(Utterance.objects.count() - 400) <= 3
    assert set(Session.objects.values_list("detected", flat=True)) == {"en"}
    assert set(Utterance.objects.values_list("owner", flat=True)) == set(
        User.objects.values_list("pk", flat=True)
    )
    figures = {each["kind"]: each for each in json.loads(out.read_text())}
    assert figures["all"]["asked"] == 30
    assert 0 < figures["all"]["p50_ms"] <= figures["all"]["p95_ms"] <= figures["all"]["most_ms"]
    # Whoever asks, asks for words that they have said.
    assert figures["word"]["places"] > 0
    assert figures["word, ILIKE in one's own"]["places"] > 0
    with pytest.raises(CommandError, match="is not filled"):
        call_command("bench_search", fill=10, people=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "sentence"),
    [({}, "nothing to search in"), ({"fill": 0}, "nothing to"), ({"people": 0}, "1 or more")],
)
def test_what_cannot_be_measured_is_said(options: dict[str, int], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("bench_search", **options)


def test_the_words_are_the_same_every_time() -> None:
    assert len(set(vocabulary(500))) == 500
    assert vocabulary(500) == vocabulary(500)
