"""The question on standard input, the answer on standard output: both are JSON."""

import json
import sys
from typing import Any


def asked() -> dict[str, Any]:
    return json.load(sys.stdin)


def answer(value: Any) -> None:
    print(json.dumps(value, default=str))
