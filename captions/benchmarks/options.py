"""Options that the commands for measuring speech share."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings

from ..asr.process.config import RecogniserConfig
from ..jobs.speech_settings import recogniser_config
from .benchmark import with_model
from .corpus import Recording, load_corpus
from .peers.measure import PEERS
from .scoring import check_installed


def add_corpus(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--corpus", type=Path, required=True, metavar="FOLDER", help="Recordings, each with a NAME.json."
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="Only these recordings.")
    parser.add_argument(
        "--languages",
        type=lambda text: text.split(","),
        default=[],
        help="Only those in them, such as en,de.",
    )
    parser.add_argument("--cut", type=float, metavar="SECONDS", help="Only the beginning of each recording.")


def corpus(options: dict[str, Any]) -> list[Recording]:
    """The recordings that the options select. Raises BenchError, also if the programs to compare texts are missing."""
    check_installed()
    return load_corpus(
        options["corpus"], names=options["only"], languages=options["languages"], seconds=options["cut"]
    )


def config_of(model: str) -> RecogniserConfig:
    """The configuration of the recogniser from the settings, with the model `model` unless that is empty."""
    config = recogniser_config()
    return with_model(config, model) if model else config


def kept() -> Path:
    """The folder for transcriptions of whole files and for other programs, which later benchmarks use again."""
    return Path(settings.VAR_DIR) / "bench"


def numbers(text: str) -> list[int]:
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < 1:
        raise ArgumentTypeError(f"{text!r} is not a list of numbers such as 1,4,8.")
    return found


def peers(text: str) -> list[str]:
    names = list(PEERS) if text == "all" else text.split(",")
    if not set(names) <= set(PEERS):
        raise ArgumentTypeError(f"{text!r} is not a list of programs: {', '.join(PEERS)}, or all.")
    return names
