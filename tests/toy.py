"""A model so small that it comes with the tests. It shows that speech goes through and comes out where it should; how
well people are understood is a question for `tests.real_model`."""

from pathlib import Path

TOY_FOLDER = Path(__file__).resolve().parent / "toy_model"
TOY_MODEL = str(TOY_FOLDER)
"""As WHISPER_MODEL."""
