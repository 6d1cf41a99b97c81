"""A process with a final writer, for tests that kill it or stop PostgreSQL: `python -m … SPOOL_DIR SESSION_ID`.

It reads `submit FIRST COUNT` and `close SECONDS` from standard input, and writes `started`, `saved NUMBER SEQ` for each
final (whose text is its number) and `closed True|False`.
"""

import os
import sys
import uuid
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "whisperstream_site.settings")
django.setup()

from captions.transcripts.final_writer import FinalRecord, FinalWriter  # noqa: E402
from tests.factories import words_of  # noqa: E402


def say(*words: object) -> None:
    # One write per line, because two threads write.
    os.write(sys.stdout.fileno(), (" ".join(map(str, words)) + "\n").encode())


def final(session_id: uuid.UUID, number: int) -> FinalRecord:
    start_ms = number * 1_000
    words = words_of(str(number), start_ms)
    key = uuid.uuid5(session_id, str(number))
    return FinalRecord(session_id, key, start_ms, start_ms + 500, str(number), words, 0.9, "en")


def main(spool_dir: Path, session_id: uuid.UUID) -> None:
    recorder = FinalWriter(
        spool_dir,
        on_saved=lambda record, seq: say("saved", record.text, seq),
        on_rejected=lambda record, reason: say("rejected", record.text, reason),
        retry_seconds=0.1,
    )
    recorder.start()
    say("started")
    for line in sys.stdin:
        match line.split():
            case ["submit", first, count]:
                for number in range(int(first), int(first) + int(count)):
                    recorder.submit(final(session_id, number))
            case ["close", seconds]:
                say("closed", recorder.close(float(seconds)))
                return


if __name__ == "__main__":
    main(Path(sys.argv[1]), uuid.UUID(sys.argv[2]))
