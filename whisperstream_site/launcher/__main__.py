"""`python -m whisperstream_site.launcher`, behind `script/run`: a kill -9 of it leaves nothing behind.

The work is done by a child, `serve`, which stops everything in order when it is asked to, and also when the pipe whose
other end is held here closes, as it does however this process dies.
"""

import os
import signal
import subprocess
import sys


def main() -> int:
    lifeline, _held = os.pipe()
    server = subprocess.Popen(
        [sys.executable, "-m", "whisperstream_site.launcher.serve", str(lifeline)],
        pass_fds=[lifeline],
        # Ctrl-C reaches it once, through us.
        start_new_session=True,
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: server.send_signal(number))
    return server.wait()


if __name__ == "__main__":
    sys.exit(main())
