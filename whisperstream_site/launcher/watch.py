"""Says when the product can be used, and starts an embedded store again that has died.

`python -m whisperstream_site.launcher.watch [--stores] SENTENCE…`: the sentences are said together with the address.
"""

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from .. import env
from . import stores
from .embedded import StoreError
from .supervisor import LAUNCHER

_LOOK_SECONDS = 2.0


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sentences = [argument for argument in sys.argv[1:] if argument != "--stores"]
    launcher = psutil.Process(int(os.environ[LAUNCHER].split()[0]))
    embedded = stores.Embedded(Path(env.text("VAR_DIR"))) if "--stores" in sys.argv else None
    announced = False
    while launcher.is_running():
        if not announced:
            announced = _announce(sentences)
        if embedded:
            _revive(embedded)
        time.sleep(0.2 if not announced else _LOOK_SECONDS)
    return 1


def _announce(sentences: list[str]) -> bool:
    host, port = env.text("HOST", "127.0.0.1"), env.integer("PORT", 8000)
    probe = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    netloc = f"[{probe}]" if ":" in probe else probe
    try:
        with urllib.request.urlopen(f"http://{netloc}:{port}/healthz", timeout=2):
            pass
    except urllib.error.HTTPError:
        # It refuses our name for it (ALLOWED_HOSTS), but it answers.
        pass
    except OSError:
        return False
    shown = "localhost" if probe in ("127.0.0.1", "::1") else netloc
    lines = [f"Open http://{shown}:{port}/ in a browser.", *sentences, "Ctrl-C stops everything."]
    print("\n".join(lines), flush=True)
    return True


def _revive(embedded: stores.Embedded) -> None:
    for name in embedded.away():
        print(f"{name} has ended; starting it again.", flush=True)
        try:
            embedded.start_again(name)
        except StoreError as error:
            print(error, flush=True)


if __name__ == "__main__":
    sys.exit(main())
