"""What a consumer asks of an audio worker over the channel layer.

An `Open` for a session that nobody holds goes to the shared channel, on which only workers with room listen;
everything else goes to the channel of the worker that holds the session, which is also the worker's name.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ..core.listening_options import Endpointing

SHARED_CHANNEL = "audioworker"


@dataclass(frozen=True, slots=True)
class Open:
    """A new peer connection for a session, `paused` if the speaker left it so.

    `endpointing` and `vocabulary` say how the session is listened to from now on. Void after `deadline` (seconds since
    the epoch).
    """

    session: str
    gen: int
    sdp: str
    language: str
    paused: bool
    reply: str
    deadline: float
    endpointing: Endpointing = field(default_factory=Endpointing)
    vocabulary: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class AddCandidate:
    session: str
    gen: int
    candidate: str | None
    reply: str


@dataclass(frozen=True, slots=True)
class Control:
    """`reason` says why a stop was asked for, when it was not the speaker who asked."""

    session: str
    action: Literal["pause", "resume", "stop"]
    reply: str
    reason: str = "stopped"


@dataclass(frozen=True, slots=True)
class Present:
    """A browser still watches this session."""

    session: str


Command = Open | AddCandidate | Control | Present

_TYPES: dict[str, type[Any]] = {
    "worker.open": Open,
    "worker.candidate": AddCandidate,
    "worker.control": Control,
    "worker.present": Present,
}
_NAMES = {command: name for name, command in _TYPES.items()}


def pack(command: Command) -> dict[str, Any]:
    """The channel layer message for a command."""
    return {"type": _NAMES[type(command)], **asdict(command)}


def unpack(message: dict[str, Any]) -> Command:
    """The command in a channel layer message. Raises ValueError for anything else, such as another version's."""
    fields = dict(message)
    try:
        if "endpointing" in fields:
            fields["endpointing"] = Endpointing(**fields["endpointing"])
        if "vocabulary" in fields:
            fields["vocabulary"] = tuple(fields["vocabulary"])
        command: Command = _TYPES[fields.pop("type")](**fields)
    except (KeyError, TypeError) as error:
        raise ValueError("not a command of this version") from error
    return command


def group(session: str) -> str:
    """The channel layer group of everyone who watches a session."""
    return f"session.{session}"
