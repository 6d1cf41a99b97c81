"""A model so small that it is part of the tests.

It shows that speech passes through the system; for accuracy see `tests.real_model`.
"""

from pathlib import Path

TOY_FOLDER = Path(__file__).resolve().parent / "toy_model"
TOY_MODEL = str(TOY_FOLDER)
"""The model's folder, for WHISPER_MODEL."""
