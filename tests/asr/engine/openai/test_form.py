import pytest

from captions.asr.engine.base import Task
from captions.asr.engine.openai.form import Detail, form_of, less, most_detail


@pytest.mark.parametrize(
    ("model", "details"),
    [
        ("whisper-1", [Detail.WORDS, Detail.SEGMENTS, Detail.TEXT]),
        ("Systran/faster-whisper-small", [Detail.WORDS, Detail.SEGMENTS, Detail.TEXT]),
        ("gpt-4o-mini-transcribe", [Detail.LOGPROBS, Detail.TEXT]),
        ("gpt-4o-transcribe-diarize", [Detail.TEXT]),
        ("gpt-transcribe", [Detail.TEXT]),
    ],
)
def test_what_a_model_is_asked_to_tell(model: str, details: list[Detail]) -> None:
    found = [most_detail(model)]
    while (detail := less(found[-1])) is not None:
        found.append(detail)
    assert found == details


def test_the_form_of_a_task() -> None:
    task = Task("partial", "pt-BR", "Before this.", hotwords=("Ada  Lovelace", "Wien"), temperature=0.4)
    assert form_of("whisper-1", task, Detail.WORDS) == {
        "model": "whisper-1",
        "response_format": "verbose_json",
        "timestamp_granularities[]": ["word", "segment"],
        "language": "pt",
        "prompt": "Ada Lovelace, Wien. Before this.",
        "temperature": "0.4",
    }
    assert form_of("gpt-4o-transcribe", Task("final"), Detail.LOGPROBS) == {
        "model": "gpt-4o-transcribe",
        "response_format": "json",
        "include[]": ["logprobs"],
    }
    found = form_of("gpt-transcribe", task, Detail.TEXT)
    assert (found["keywords[]"], found["prompt"]) == (["Ada Lovelace", "Wien"], "Before this.")


def test_a_translation_has_no_language() -> None:
    assert "language" not in form_of("whisper-1", Task("final", "de", translate=True), Detail.TEXT)


def test_a_prompt_is_short() -> None:
    task = Task("final", prompt="x" * 5_000, hotwords=tuple(f"word{number}" for number in range(200)))
    prompt = form_of("whisper-1", task, Detail.WORDS)["prompt"]
    assert isinstance(prompt, str)
    assert len(prompt) <= 802
    assert prompt.startswith("word0, word1, ")
