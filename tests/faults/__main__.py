"""Injects faults into a product that somebody dictates into: `script/test-faults [ROW…]`. docs/testing.md

Ends with 0 if every row that could be measured lost, doubled and moved no word, and was live again within 5 s.
"""

import argparse
import os
import signal
import sys
import time
import traceback
from contextlib import ExitStack
from importlib import import_module

from playwright.sync_api import sync_playwright

from tests.faults import speech
from tests.faults.baseline import known_words
from tests.faults.faults import ALL
from tests.faults.product import NotStarted
from tests.faults.report import Results, write_table
from tests.faults.roads import Stage
from tests.faults.scene import play

_NOT_READY = 78
# In the order of the table.
_KINDS = ("processes", "stores", "network", "pages", "machine")


def main() -> int:
    for kind in _KINDS:
        import_module(f"tests.faults.{kind}")
    options = _options()
    if unknown := [name for name in options.rows if name not in ALL]:
        print(f"There is no row {', '.join(unknown)}. There are: {', '.join(ALL)}.", file=sys.stderr)
        return 64
    if "WHISPER_MODEL" not in os.environ:
        print("WHISPER_MODEL is not set: the model that the product chooses is used.", file=sys.stderr)
    # Stopped like this, too, it stops the product in order.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    said = speech.load()
    results = Results(said)
    names = options.rows or [name for name, fault in ALL.items() if options.long or not fault.is_long]
    if options.resume:
        names = [name for name in names if name not in results.measured]
    with ExitStack() as stack, sync_playwright() as driver:
        stage = stack.enter_context(Stage(driver, said))
        try:
            known = known_words(stage, said)
            for name in names:
                _measure(stage, name, known, results)
        except NotStarted as error:
            print(error, file=sys.stderr)
            return _NOT_READY
    print(results)
    if options.write:
        write_table(results)
    return 0 if all(results.ok(name) for name in names) else 1


def _measure(stage: Stage, name: str, known: set[int], results: Results) -> None:
    fault = ALL[name]
    if why := fault.missing():
        results.leave_out(name, why)
        print(f"{name}: left out. {why}", flush=True)
        return
    began = time.monotonic()
    print(f"{name} …", flush=True)
    try:
        with stage.scene(fault) as scene:
            outcome = play(scene, fault.inject, known)
    except NotStarted:
        raise
    # Whatever goes wrong in one row, the others are measured.
    except Exception as error:
        traceback.print_exc()
        results.fail(name, str(error).splitlines()[0] if str(error) else repr(error))
        stage.drop()
    else:
        results.add(name, outcome)
    print(f"  {results.line(name)}  ({time.monotonic() - began:.0f} s)", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/test-faults")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="which faults; without any, all but long ones")
    parser.add_argument("--resume", action="store_true", help="leave out what was measured with this version")
    parser.add_argument("--long", action="store_true", help="with the rows that take ten minutes and more")
    parser.add_argument("--write", action="store_true", help="write the table into docs/reliability.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
