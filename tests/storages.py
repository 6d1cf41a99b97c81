"""Storages of a test's own. A model looks its storage up once, and tests that change the settings make new ones."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models


def store_in(storage: Storage, name: str, model: type[models.Model], monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes `storage` the one called `name`, and that of the model's files."""
    monkeypatch.setattr(model._meta.get_field("file"), "storage", storage)
    monkeypatch.setitem(storages._storages, name, storage)  # type: ignore[attr-defined]


def store_below(folder: Path, name: str, model: type[models.Model], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with the storage that the settings describe, in another folder."""
    described = settings.STORAGES[name]
    options = {**described["OPTIONS"], "location": folder}
    store_in(storages.create_storage({**described, "OPTIONS": options}), name, model, monkeypatch)
