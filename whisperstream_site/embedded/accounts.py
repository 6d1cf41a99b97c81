"""The system user that PostgreSQL runs as: it refuses to run as root."""

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import StoreError

_SYSTEM_USER = "pgserver"


@dataclass(frozen=True)
class Account:
    """Whom to run PostgreSQL as; `switch` says whether that is someone else than the present user."""

    uid: int
    gid: int
    switch: bool

    @property
    def run_as(self) -> dict[str, Any]:
        """The matching arguments for `subprocess`."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}


def account_for(data: Path) -> Account:
    """The owner of an existing data directory, else the present user, else (for root) a user made for this."""
    if os.geteuid() != 0:
        if data.exists() and data.stat().st_uid != os.geteuid():
            raise StoreError(
                f"{data} belongs to another user. Run WhisperStream as that user, or set VAR_DIR to a folder of yours."
            )
        return Account(os.geteuid(), os.getegid(), switch=False)
    if (data / "PG_VERSION").exists() and data.stat().st_uid != 0:
        owner = data.stat()
        return Account(owner.st_uid, owner.st_gid, switch=True)
    entry = _system_user()
    return Account(entry.pw_uid, entry.pw_gid, switch=True)


def let_through(path: Path) -> list[Path]:
    """Lets every user pass (not list) the folders above `path`; returns those that had to be changed."""
    changed = []
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            try:
                folder.chmod(stat.S_IMODE(mode) | stat.S_IXGRP | stat.S_IXOTH)
            except OSError as error:
                raise StoreError(
                    f"PostgreSQL does not run as root, and the user it runs as cannot pass {folder}. "
                    "Set VAR_DIR to a folder that other users may enter."
                ) from error
            changed.append(folder)
    return changed


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        pass
    try:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", _SYSTEM_USER],
            check=True,
            capture_output=True,
        )
        return pwd.getpwnam(_SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise StoreError(
            "PostgreSQL does not run as root, and the user it would run as could not be created. "
            "Start WhisperStream as an ordinary user, or set DATABASE_URL to a PostgreSQL server."
        ) from error
