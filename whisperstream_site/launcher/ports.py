"""Whether we may listen on a port. Needs nothing but Python: it runs before anything is installed."""

import os
import socket
import sys

LOOPBACK = "127.0.0.1"


def problem(host: str, port: int, setting: str = "PORT") -> str:
    """A sentence on why nobody can listen on `host` and `port`, of that setting; empty when somebody can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except (OSError, OverflowError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            return (
                f"Port {port} on {host} cannot be used ({reason}). "
                f"Stop the program that has it, or choose another port with {setting}."
            )
    return ""


def main() -> int:
    value = os.environ.get("PORT") or "8000"
    if not value.isdigit() or not 1 <= int(value) <= 65535:
        print("PORT must be a whole number from 1 to 65535.", file=sys.stderr)
        return 78
    found = problem(os.environ.get("HOST") or "127.0.0.1", int(value))
    if found:
        print(found, file=sys.stderr)
    return 78 if found else 0


if __name__ == "__main__":
    sys.exit(main())
