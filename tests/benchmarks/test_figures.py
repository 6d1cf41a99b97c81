from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from captions.benchmarks.capacity import carried
from captions.benchmarks.corpus import Group, Recording, TimedWord
from captions.benchmarks.figures import Cost, Figures, Heard, Setup, figures
from captions.benchmarks.page import Row, Snapshot
from captions.benchmarks.whole_file import WholeText

SETUP = Setup("live", "base", 2)
COST = Cost(40.0, 12.0, 20.0, 900.4, [1.0, 2.0, 30.0])


def recording(
    text: str, *, group: Group = "ordinary", seconds: float = 20.0, timed: bool = False, **options: Any
) -> Recording:
    words = [TimedWord(word, 1000.0 * n, 1000.0 * n + 400) for n, word in enumerate(text.split())]
    facts = {"exact": True, "formed": True} | options
    return Recording(
        "name",
        Path("name.flac"),
        np.zeros(round(seconds * 16_000), np.int16),
        "en",
        text,
        tuple(words) if timed else (),
        group,
        **facts,
    )


def heard(said: Recording, rows: Sequence[str], whole: Sequence[str], *snapshots: Snapshot) -> Heard:
    return Heard(said, rows, WholeText(" ".join(whole), tuple(whole), 1.0, 1.0), snapshots)


def test_words_of_all_recordings_are_pooled_by_group() -> None:
    found = figures(
        SETUP,
        [
            heard(
                recording("Dogs bark. Cats sleep."), ["Dogs bark.", "Cats slept."], ["Dogs bark cats sleep."]
            ),
            heard(recording("Birds sing."), ["Birds sing."], ["Birds sang."]),
            heard(recording("Fish swim.", group="paused"), ["Fish", "swim."], ["Fish swim."]),
            heard(recording("mice run", exact=False, formed=False), ["Mice."], ["Mice, run."]),
        ],
        COST,
    ).json
    assert found["word_errors"]["ordinary"]["ours"] == {"errors": 1, "words": 6, "rate": 0.1667}
    assert found["word_errors"]["ordinary"]["whole_file"]["errors"] == 1
    assert found["word_errors"]["paused"]["ours"]["errors"] == 0
    assert "hard" not in found["word_errors"]
    assert found["formatted_errors"]["ordinary"]["whole_file"] == {"errors": 3, "words": 6, "rate": 0.5}
    assert found["row_borders"]["ours"] == {
        "precision": 0.5,
        "recall": 1.0,
        "f1": 0.6667,
        "right": 1,
        "found": 2,
        "wanted": 1,
    }
    assert found["row_borders"]["whole_file_sentences"]["right"] == 0
    assert found["formatted_errors_against_whole"] == {"errors": 2, "words": 2, "rate": 1.0}
    assert (found["lost_words"], found["doubled_words"]) == (0, 0)
    assert (found["cpu_s_per_audio_s"], found["rss_mb"]) == (0.5, 900)
    assert found["decode_s_per_audio_s"] == 0.3
    assert found["loop_lag_ms"] == {"p50": 2.0, "p99": 30.0}
    assert [each["name"] for each in found["each"]] == ["name"] * 4


def run(stable_at_ms: float, shown_at_ms: float = 700) -> Figures:
    said = recording("Well then.", timed=True, seconds=60)
    page = [
        Snapshot(shown_at_ms, (Row("", "Well"),)),
        Snapshot(stable_at_ms, (Row("Well then."),)),
        Snapshot(9000, (Row("Well then.", saved=True),)),
    ]
    return figures(SETUP, [heard(said, ["Well then."], ["Well then."], *page)], COST)


def test_delays_are_in_seconds_and_changes_in_ten_minutes() -> None:
    found = run(2000).json
    assert found["shown_s"] == {"p50": 0.3, "p95": 0.6, "p99": 0.6}
    assert found["stable_s"]["p95"] == found["longest_stable_s"] == 1.6
    assert found["final_s"]["p95"] == 8.6
    assert found["first_word_s"]["p50"] == 0.3
    assert found["pause_stable_s"]["p95"] == 1.6
    assert (found["rewritten_stable_per_10_min"], found["vanished_words"]) == (0.0, 0)
    said = recording("Well then.", timed=True, seconds=60)
    changed = [Snapshot(0, (Row("Will"),)), Snapshot(9000, (Row("Well then.", saved=True),))]
    found = figures(SETUP, [heard(said, ["Well then."], ["Well then."], *changed)], COST).json
    assert (found["rewritten_stable"], found["rewritten_stable_per_10_min"]) == (1, 10.0)


def test_people_are_served_well_where_words_are_soon_there_and_soon_dry() -> None:
    assert carried(run(2000))
    assert not carried(run(5500)), "a word was more than four seconds late"
    assert not carried(run(3600, shown_at_ms=3500)), "they were shown late"
    assert not carried(figures(SETUP, [], COST)), "nothing was seen"
    late = figures(SETUP, [replace(heard(recording("Well."), [], ["Well."]), complete=False)], COST)
    assert late.json["unfinished"] == ["name"]
    assert not carried(late)


def test_doubled_and_lost_words_are_those_that_the_whole_file_has_right() -> None:
    said = recording("where did you put the red book")
    found = figures(
        SETUP, [heard(said, ["where did did put the book"], ["where did you put the red book"])], COST
    )
    assert found.json["lost_words"] == 1
    found = figures(SETUP, [heard(said, ["where did you put put the red book"], [said.text])], COST)
    assert found.json["doubled_words"] == 1
