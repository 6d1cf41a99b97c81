"""Replaces storages in tests: a model looks up its storage only once, so changed settings alone have no effect."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models


def store_in(storage: Storage, name: str, model: type[models.Model], monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes `storage` the storage called `name`, and the one of the model's files."""
    monkeypatch.setattr(model._meta.get_field("file"), "storage", storage)
    monkeypatch.setitem(storages._storages, name, storage)  # type: ignore[attr-defined]


def store_below(folder: Path, name: str, model: type[models.Model], monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the storage `name` of the settings, but in another folder, that of the model's files."""
    described = settings.STORAGES[name]
    options = {**described["OPTIONS"], "location": folder}
    store_in(storages.create_storage({**described, "OPTIONS": options}), name, model, monkeypatch)
