import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pysubs2
import pytest
import srt
import webvtt
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django.fixtures import Settings

from captions.benchmarks.livetest.wer import wer
from tests.real_model import real_model
from tests.speech_data import DATA, load_pcm, load_reference, to_wav
from tests.toy import TOY_MODEL

REPOSITORY = Path(__file__).resolve().parents[2]
NOTE = DATA / "note-en-us.flac"
SENTENCES = load_reference("note-en-us").sentences[2:4]
BEGIN_MS = 6_700


@pytest.fixture(autouse=True)
def _real_model(settings: Settings) -> None:
    settings.WHISPER_MODEL = real_model("tiny.en")
    settings.WHISPER_DEVICE = "cpu"


def transcribe(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("transcribe", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def short(tmp_path: Path) -> str:
    """Two sentences of which the model hears every word."""
    return str(to_wav(load_pcm(NOTE)[BEGIN_MS * 16 : 12_600 * 16], tmp_path / "short.wav"))


def test_a_note_is_written_down() -> None:
    reference = load_reference("note-en-us")
    text, _ = transcribe(str(NOTE))
    assert len(text.splitlines()) == len(reference.sentences)
    assert wer([reference.text], text).rate <= 0.1


def test_every_format_says_the_same_and_can_be_read_elsewhere(short: str) -> None:
    outputs = {name: transcribe(short, "--format", name)[0] for name in ("txt", "srt", "vtt", "json")}
    lines = outputs["txt"].splitlines()
    assert lines == [sentence.text for sentence in SENTENCES]

    said = " ".join(lines).split()
    assert " ".join(cue.content for cue in srt.parse(outputs["srt"])).split() == said
    assert " ".join(cue.text for cue in webvtt.from_string(outputs["vtt"]).captions).split() == said
    assert " ".join(line.plaintext for line in pysubs2.SSAFile.from_string(outputs["srt"])).split() == said
    document = json.loads(outputs["json"])
    assert document["title"] == "short"
    assert " ".join(utterance["text"] for utterance in document["utterances"]).split() == said
    for utterance, sentence in zip(document["utterances"], SENTENCES, strict=True):
        assert utterance["start_ms"] == pytest.approx(sentence.start_ms - BEGIN_MS, abs=300)


def test_progress_is_told_only_when_asked_for(short: str) -> None:
    _, quiet = transcribe(short)
    _, told = transcribe(short, "-v", "2")
    assert quiet == ""
    assert told.startswith("0:00 (")


def test_damage_is_told_after_what_could_be_read(tmp_path: Path) -> None:
    cut = tmp_path / "cut.flac"
    cut.write_bytes(NOTE.read_bytes()[:100_000])
    out, err = transcribe(str(cut))
    assert out.splitlines()[0].startswith("What time is the medicine at")
    assert "cut.flac has gaps: 12" in err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["no-such-file.wav"], "There is no file no-such-file.wav."),
        ([str(DATA / "note-en-us.json")], "is not an audio or video file that can be read."),
        ([str(NOTE), "--model", "/nowhere"], "The model folder /nowhere does not exist."),
        ([str(NOTE), "--model", "bass"], "'bass' is neither the name of a Whisper model nor a folder."),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments: list[str], expected: str) -> None:
    with pytest.raises(CommandError) as raised:
        transcribe(*arguments)
    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_text_file_ends_the_command_with_1_and_one_line(product_env: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "transcribe", str(DATA / "README.md")],
        cwd=REPOSITORY,
        env=product_env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "README.md is not an audio or video file that can be read." in done.stderr


def test_a_reader_that_leaves_early_is_no_error(product_env: dict[str, str]) -> None:
    command = f"{sys.executable} manage.py transcribe {NOTE} --model {TOY_MODEL} | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=REPOSITORY, env=product_env, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["What time is the medicine at noon?", "0"]
    assert done.stderr == ""
