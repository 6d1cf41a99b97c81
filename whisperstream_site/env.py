"""Typed readers of environment variables. They raise ImproperlyConfigured, with the variable's name.

For secrets, every reader also accepts `NAME_FILE`: the path of a file that holds the value.
"""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


def raw(name: str) -> str | None:
    """The value of `name`, or the content of the file that `name_FILE` names; None if neither is set."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        if name in os.environ:
            raise ImproperlyConfigured(f"Both {name} and {name}_FILE are set. Set one of them.")
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            # Whoever puts the secret itself there must not find it in a log.
            shown = path if path.startswith(("/", ".")) else "a file"
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise ImproperlyConfigured(
                f"{name}_FILE points to {shown}, which cannot be read: {reason}."
            ) from None
    return os.environ.get(name)


def _matching(name: str, pattern: str, expected: str) -> str:
    """A value of which all matches the pattern; empty if not set."""

    def parse(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(value)
        return value

    return _read(name, "", parse, expected)


def _read(name: str, default: T, parse: Callable[[str], T], expected: str) -> T:
    value = raw(name)
    if value is None or not value.strip():
        return default
    try:
        return parse(value.strip())
    except ValueError:
        # Its cause would quote the value.
        raise ImproperlyConfigured(f"{name} must be {expected}.") from None


def text(name: str, default: str = "") -> str:
    return _read(name, default, str, "text")


def required(name: str, why: str) -> str:
    """A value without which the server cannot start; `why` completes the sentence "NAME must be set: …"."""
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"{name} must be set: {why}")
    return value


def key(name: str) -> str:
    """A key that goes into a header of HTTP; empty if not set."""
    return _matching(name, r"[!-~]+", "letters, digits and signs of ASCII, without spaces")


def boolean(name: str, default: bool) -> bool:
    def parse(value: str) -> bool:
        if value.lower() in _TRUE:
            return True
        if value.lower() in _FALSE:
            return False
        raise ValueError(value)

    return _read(name, default, parse, "yes or no (also 1/0, true/false, on/off)")


def integer(name: str, default: int, *, least: int | None = None, most: int | None = None) -> int:
    return _read(
        name, default, lambda value: _bounded(int(value), least, most), _range("a whole number", least, most)
    )


def number(name: str, default: float, *, least: float | None = None, most: float | None = None) -> float:
    return _read(
        name, default, lambda value: _bounded(float(value), least, most), _range("a number", least, most)
    )


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    def parse(value: str) -> str:
        if value.lower() not in choices:
            raise ValueError(value)
        return value.lower()

    return _read(name, default, parse, "one of " + ", ".join(choices))


def words(name: str, default: list[str]) -> list[str]:
    """A list separated by commas."""
    return _read(
        name, default, lambda value: [part.strip() for part in value.split(",") if part.strip()], "a list"
    )


def json_list(name: str, default: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A JSON list of objects."""

    def parse(value: str) -> list[dict[str, Any]]:
        parsed = json.loads(value)
        if not isinstance(parsed, list) or not all(isinstance(item, dict) for item in parsed):
            raise ValueError(value)
        return parsed

    return _read(name, default, parse, "a JSON list of objects")


def host(name: str) -> str:
    """The name or the IP address of a host, without a port; empty if not set."""
    expected = "the name of a host, without https:// or the like and without a port"
    return _matching(name, r"[\w.-]+|[0-9A-Fa-f:.]+", expected)


def tcp_address(name: str) -> tuple[str, int] | None:
    """A host and a port, of an address such as tcp://127.0.0.1:10300; None if not set."""

    def parse(value: str) -> tuple[str, int]:
        parts = urlsplit(value)
        bare = value == f"tcp://{parts.netloc}" and "@" not in parts.netloc
        if not bare or not parts.hostname or not parts.port:
            raise ValueError(value)
        return parts.hostname, parts.port

    return _read(name, None, parse, "an address such as tcp://127.0.0.1:10300")


def base_path(name: str) -> str:
    """A path of a web server without the slash at its end, such as "/dictation"; empty for "/" and if not set."""

    def parse(value: str) -> str:
        path = "/" + value.strip("/")
        if path != "/" and not re.fullmatch(r"(/(?!\.+(/|$))[\w.~-]+)+", path, re.ASCII):
            raise ValueError(value)
        return path.rstrip("/")

    return _read(name, "", parse, "a path of letters, digits, and - . _ ~ such as /dictation/")


def rates(name: str, default: str) -> str:
    """Rate limits of allauth, such as `5/15m/key,50/1h/ip`: 5 in 15 minutes for an account, 50 in an hour for an IP."""

    def parse(value: str) -> str:
        if not re.fullmatch(r"\d+/\d*[smhd]/(ip|user|key)(,\d+/\d*[smhd]/(ip|user|key))*", value):
            raise ValueError(value)
        return value

    return _read(name, default, parse, "rates such as 5/15m/key,50/15m/ip")


def at_most_one(**switches: bool) -> None:
    """Raises ImproperlyConfigured if more than one of these settings is on."""
    if sum(switches.values()) > 1:
        raise ImproperlyConfigured(f"{' and '.join(switches)} exclude each other. Set one of them to no.")


def unequal(**numbers: int) -> None:
    """Raises ImproperlyConfigured if two of these settings are the same."""
    if len(set(numbers.values())) < len(numbers):
        raise ImproperlyConfigured(f"{' and '.join(numbers)} must differ.")


def _bounded(value: T, least: Any, most: Any) -> T:
    if value != value or (least is not None and value < least) or (most is not None and value > most):
        raise ValueError(value)
    return value


def _range(kind: str, least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f"{kind} from {least} to {most}"
    if least is not None:
        return f"{kind}, at least {least}"
    return kind if most is None else f"{kind}, at most {most}"
