"""Collects static files, but only if one of them has changed."""

import hashlib

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

_STAMP = ".collected"


def collect() -> bool:
    """Updates STATIC_ROOT; False if nothing had changed."""
    digest = _digest()
    stamp = settings.STATIC_ROOT / _STAMP
    if stamp.exists() and stamp.read_text() == digest:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, skip_checks=True)
    stamp.write_text(digest)
    return True


def _digest() -> str:
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in finder.list(None):
            name = getattr(storage, "prefix", None) or ""
            modified = storage.get_modified_time(path).timestamp()
            digest.update(f"{name}/{path} {storage.size(path)} {modified}\n".encode())
    return digest.hexdigest()
