from typing import Any

from captions.benchmarks.tables import carried, tables


def errors(count: int, words: int) -> dict[str, Any]:
    return {"errors": count, "words": words, "rate": count / words}


def borders(f1: float | None) -> dict[str, Any]:
    return {"precision": f1, "recall": f1, "f1": f1}


def run(system: str, streams: int, *, shown: float = 0.5, good: bool = True) -> dict[str, Any]:
    spread = {"p50": 0.25, "p95": shown}
    of_words = {
        "ordinary": {"ours": errors(5, 100), "whole_file": errors(4, 100)},
        "paused": {"ours": errors(1, 50), "whole_file": errors(2, 50)},
    }
    faithful = {
        "word_errors": of_words,
        "formatted_errors": of_words,
        "row_borders": {
            "ours": borders(0.9),
            "whole_file_segments": borders(0.6),
            "whole_file_sentences": borders(None),
        },
        "lost_words": 0,
        "doubled_words": 0,
    }
    right = {"ordinary": {"ours": errors(3, 100), "whole_file": errors(4, 100)}}
    later = {**faithful, "word_errors": right, "row_borders": {"ours": borders(0.95)}}
    return {
        "system": system,
        "streams": streams,
        **faithful,
        "second_pass": later if system == "live" else None,
        **dict.fromkeys(("first_word_s", "shown_s", "stable_s", "final_s", "pause_stable_s"), spread),
        "longest_stable_s": 2.0,
        "rewritten_stable_per_10_min": 0.5,
        "vanished_words": 1,
        "cpu_s_per_audio_s": 0.25,
        "rss_mb": 700,
        "carried": good,
    }


RUNS = [run("live", 1), run("live", 2), run("live", 3, good=False), run("whisper-live", 1, shown=2.0)]
LIVE = {
    "runs": RUNS,
    "noise": [{"name": "hum -30", "rows": 0}, {"name": "music -20", "rows": 1}],
}
OF_FILES = {
    "word_errors": RUNS[0]["word_errors"],
    "formatted_errors": {},
    "row_borders": RUNS[0]["row_borders"],
}
FILES = {
    "ours": OF_FILES,
    "batched": OF_FILES,
    "ratio": 1.04,
    "real_time_factor": {"ours": 0.1, "batched": 0.09, "whole_file": 0.2},
}


def test_the_goals_have_a_column_for_each_model() -> None:
    said = tables({"base": {"live": LIVE, "files": FILES}, "tiny.en": {}})
    lines = said.splitlines()
    assert lines[0] == "|  | base | tiny.en |"
    assert "points | +1.0 / -2.0 | – |" in said
    assert "batched pipeline | +1.0 / -2.0; 1.04× | – |" in said
    assert "points | -1.0 / – | – |" in said, "after Stop"
    assert "| +0.0 / +0.0 | – |" in said, "formatted errors are pooled"
    assert "| 0.90 / 0.95 / 0.60 / – | – |" in said
    assert "| 0.25 / 0.50 | – |" in said
    assert "within 4 s | 2 | – |" in said
    assert "streams | 0.25, 0.25, 2 : 1 | – |" in said
    assert "music | 0 / 1 | – |" in said


def test_each_model_has_a_table_with_the_others_beside_it() -> None:
    said = tables({"base": {"live": LIVE, "files": FILES}})
    assert (
        "### base: live\n\n|  | ours | WhisperLive | ours, after Stop | faster-whisper, whole file |" in said
    )
    assert "| word errors, ordinary | 5.0% of 100 | 5.0% of 100 | 3.0% of 100 | 4.0% of 100 |" in said
    assert "| word errors, paused | 2.0% of 50 | 2.0% of 50 | – | 4.0% of 50 |" in said
    assert "| streams | 2 | 1 | – | – |" in said
    assert "| ours | 3 | 0.25 / 0.50 |" in said
    assert "### base: files" in said
    assert "| time for a second of sound, s | 0.100 | 0.200 | 0.090 |" in said


def test_streams_are_carried_with_all_that_are_fewer() -> None:
    assert carried(RUNS, "live") == 2
    assert carried([run("live", 1, good=False), run("live", 2)], "live") == 0
    assert carried(RUNS, "whisperlivekit") == 0
