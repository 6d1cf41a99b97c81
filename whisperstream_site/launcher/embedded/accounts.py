"""The system user that PostgreSQL runs as: it refuses to run as root."""

import fcntl
import grp
import os
import pwd
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import StoreError

_SYSTEM_USER = "pgserver"
_MAKE_SECONDS = 10


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


def again(account: Account, data: Path) -> Account:
    """The account to make `data` as, after PostgreSQL found that `account` is not in the list of users.

    The user that was made for this is looked for again, and made again. Raises StoreError for anybody else.
    """
    if account.switch:
        return account_for(data)
    raise StoreError(
        "PostgreSQL makes its data only for somebody who is in this machine's list of users, and user "
        f"{account.uid} is not: have root run `useradd --uid {account.uid} whisperstream`, or set DATABASE_URL to a "
        "PostgreSQL server."
    )


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
    """The user, looked for and made again for a while: others may be writing to the list of users too."""
    deadline = time.monotonic() + _MAKE_SECONDS
    while True:
        with suppress(KeyError):
            return pwd.getpwnam(_SYSTEM_USER)
        problem = _make_system_user()
        if time.monotonic() > deadline:
            raise _not_made(problem or "it was gone again at once")
        if problem:
            time.sleep(0.2)


@contextmanager
def _alone() -> Iterator[None]:
    """Waits for others of us: of two `useradd` at once the second gives the same name another number."""
    folder = os.open("/etc", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _make_system_user() -> str:
    """Makes the user, and returns what keeps it from being made."""
    command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false"]
    with suppress(KeyError):
        # A user whose entry was lost has left it.
        command += ["--gid", str(grp.getgrnam(_SYSTEM_USER).gr_gid)]
    try:
        with _alone():
            with suppress(KeyError):
                pwd.getpwnam(_SYSTEM_USER)
                return ""
            done = subprocess.run([*command, _SYSTEM_USER], capture_output=True, text=True)
    except OSError as error:
        raise _not_made(f"useradd: {error.strerror}") from error
    return done.stderr.strip() if done.returncode else ""


def _not_made(reason: str) -> StoreError:
    return StoreError(
        f"PostgreSQL does not run as root, and the user it would run as could not be created ({reason}). "
        "Start WhisperStream as an ordinary user, or set DATABASE_URL to a PostgreSQL server."
    )
