"""Where the stores' Unix sockets live."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from .errors import StoreError

# The kernel's limit is 107 bytes on Linux and 103 on macOS.
_LONGEST = 100


def directory(preferred: Path, socket_name: str, *, owner: int) -> Path:
    """`preferred`, or a private directory in the temporary one where the socket's path would be too long.

    The fallback's name depends on `preferred` alone, so that the next start finds the same one. `owner` is the
    user ID that the store runs as. Raises StoreError when someone else made that directory first.
    """
    if len(os.fsencode(preferred / socket_name)) <= _LONGEST:
        return preferred
    digest = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:12]
    fallback = Path(tempfile.gettempdir()) / f"whisperstream-{owner}-{digest}"
    if len(os.fsencode(fallback / socket_name)) > _LONGEST:
        fallback = Path("/tmp") / fallback.name  # noqa: S108 - made 0700 and verified below
    try:
        fallback.mkdir(mode=0o700)
        os.chown(fallback, owner, -1)
    except FileExistsError:
        pass
    found = fallback.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise StoreError(
            f"{fallback} exists but is not a private directory of ours. Remove it, or set VAR_DIR to a shorter path."
        )
    return fallback
