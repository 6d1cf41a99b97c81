"""A home folder for a user who has none, as the user of a container often has none."""

import os
from collections.abc import MutableMapping
from pathlib import Path


def ensure(environment: MutableMapping[str, str], var_dir: Path) -> None:
    """Makes `var_dir` the home, of processes started from here too, unless there is a home that can be written to.

    Libraries keep models and other caches there. A user whose number is in no list of users has no home without HOME.
    """
    home = os.path.expanduser("~")
    if not (os.path.isabs(home) and os.access(home, os.W_OK | os.X_OK)):
        environment["HOME"] = str(var_dir)
