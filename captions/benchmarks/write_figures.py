"""Writes figures as JSON."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError


def write_figures(path: Path, figures: Any) -> None:
    """Writes the figures to a JSON file. Raises CommandError."""
    try:
        path.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
