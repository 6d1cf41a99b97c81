import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from captions.models import Session, User
from captions.transcripts.export import FORMATS


@pytest.mark.django_db
def test_every_format_is_measured_and_nothing_stays_in_the_database(
    tmp_path: Path,
) -> None:
    call_command("bench_export", "--hours", "0.02", "--json", str(tmp_path / "out.json"))
    figures = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert [each["format"] for each in figures] == list(FORMATS)
    for each in figures:
        assert 0 < each["first_s"] <= each["whole_s"]
        assert each["file_mb"] > 0
    assert not Session.objects.exists()
    assert not User.objects.exists()


@pytest.mark.parametrize("hours", ["0", "-1", "1000", "nan"])
def test_hours_are_sensible(hours: str) -> None:
    with pytest.raises(CommandError, match="--hours may be"):
        call_command("bench_export", "--hours", hours)
