"""What a consumer asks of an audio worker over the channel layer.

`source` is empty for the device with which a session began, and SECOND for another one that has joined it. `gen` counts
for each by itself.

An `Open` or `OpenFeed` for a session that nobody holds goes to the shared channel, on which only workers with room
listen; everything else goes to the channel of the worker that holds the session, which is also the worker's name.
"""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from ..speech.cleaning import CleaningKind
from .endpointing import Endpointing
from .feed_frames import Listen

SHARED_CHANNEL = "audioworker"
SECOND = "second"
"""The `source` of the device that has joined a session; that of the page which began it is empty."""
CALL_ENDED = {"type": "call.ended"}
"""The last thing that a socket beside a call is told: see `Attach`."""


class Call(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A program that has no socket, and talks with the worker itself over a data channel: in the dialect that the
    channel's label names.

    `configuration` is how it begins, as the dialect keeps it; `model` the name that stands for the loaded model,
    `languages` the codes that it knows. The session ends by `expires_at` (seconds since 1970). `usual` is how its
    account wants to be listened to where the program says nothing.
    """

    configuration: dict[str, Any]
    model: str
    languages: tuple[str, ...]
    expires_at: int
    usual: Listen = Listen()

    def __repr__(self) -> str:
        # What people expect to say is as private as what they say.
        return f"Call(model={self.model!r})"


class Open(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="worker.open"):
    """A new peer connection for a session, `paused` if the speaker left it so.

    `endpointing` and `vocabulary` say how the session is listened to from now on. With `shared` the connection has two
    channels: the microphone, and the sound that the browser shares. With `commands`, partials show marks that are
    spoken. Void after `deadline` (`Registry.now`).

    With `translate` finals in other languages are translated into English. `cleaning` says which noise is taken out
    before the sound is recognised.

    `taped` says that its page has recorded what no worker heard. `presence` says what shows that somebody is still
    there: a socket (`Present`), or the sound itself where whoever offered has none. With `unless_heard` the offer is
    refused (`heard`) while the sound of another peer arrives. `channel` is the label of the data channel that may be
    opened; none may without one. A session that is not `kept` has no row in the database; a `call` is the only
    connection of its session.

    With a `ticket` there is no SDP: the sound comes over a sound socket, and the worker answers with `messages.feed`,
    as to an `OpenFeed`; `clock` names that of its positions.

    `source` says whose sound it is: empty for the page, SECOND for the device that has joined it. Each counts its own
    `gen`.
    """

    session: str
    gen: int
    sdp: str
    language: str
    paused: bool
    reply: str
    deadline: float
    endpointing: Endpointing = Endpointing()
    vocabulary: tuple[str, ...] = ()
    shared: bool = False
    commands: bool = False
    presence: Literal["socket", "media"] = "socket"
    unless_heard: bool = False
    kept: bool = True
    channel: str = ""
    taped: bool = False
    call: Call | None = None
    ticket: str = ""
    clock: str = ""
    translate: bool = False
    cleaning: CleaningKind = "off"
    source: str = ""

    def __repr__(self) -> str:
        # What people expect to say is as private as what they say.
        return f"Open(session={self.session!r}, gen={self.gen})"


class OpenFeed(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="worker.feed"):
    """A new session whose sound a web process pushes: see `feed_frames`. Void after `deadline` (`Registry.now`).

    The worker answers with `messages.feed`: where it waits for a connection that begins with the `ticket`. A session
    that is not `kept` has no row in the database. `hops` is how many servers like this one have passed the sound on.
    """

    session: str
    ticket: str
    language: str
    reply: str
    deadline: float
    endpointing: Endpointing = Endpointing()
    vocabulary: tuple[str, ...] = ()
    kept: bool = True
    hops: int = 0

    def __repr__(self) -> str:
        # What people expect to say is as private as what they say, and the ticket is a secret.
        return f"OpenFeed(session={self.session!r}, kept={self.kept})"


class AddCandidate(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="worker.candidate"
):
    """`reply` is empty where nobody waits for what is wrong with the candidate; `source` is that of `Open`."""

    session: str
    gen: int
    candidate: str | None
    reply: str
    source: str = ""


class Control(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="worker.control"):
    """`reason` says why a stop was asked for, when it was not the speaker who asked; with `mode` it is the mode in
    which two devices are heard from now on, one of `Session.devices`.

    With the `source` SECOND, `pause` and `resume` mute that device alone, and `stop` takes it out and ends nothing
    else.
    """

    session: str
    action: Literal["pause", "resume", "stop", "mode"]
    reply: str
    reason: str = "stopped"
    source: str = ""


class Present(Struct, frozen=True, forbid_unknown_fields=True, tag="worker.present"):
    """A browser still watches this session."""

    session: str


class Say(Struct, frozen=True, forbid_unknown_fields=True, tag="worker.say"):
    """A program says something in a session over a data channel, or over the socket `reply` beside it."""

    session: str
    text: str | None
    reply: str

    def __repr__(self) -> str:
        return f"Say(session={self.session!r})"


class Attach(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="worker.attach"):
    """The socket `reply` is told what the call of this session is told, or no longer; it may `Say` something too."""

    session: str
    reply: str
    attached: bool = True


Command = Open | OpenFeed | AddCandidate | Control | Present | Say | Attach


def pack(command: Command) -> dict[str, Any]:
    """The channel layer message for a command."""
    message: dict[str, Any] = msgspec.to_builtins(command)
    return message


def unpack(message: dict[str, Any]) -> Command:
    """The command in a channel layer message. Raises ValueError for anything else, such as another version's."""
    try:
        command: Command = msgspec.convert(message, Command)
    except msgspec.ValidationError as error:
        raise ValueError("not a command of this version") from error
    return command


def group(session: str) -> str:
    """The channel layer group of everyone who watches a session."""
    return f"session.{session}"


def device_group(session: str) -> str:
    """The channel layer group of the device that has joined a session, which hears `device.removed`."""
    return f"device.{session}"


def login_group(user_id: int) -> str:
    """The channel layer group of a user's sockets, which hear `login.changed`."""
    return f"login.{user_id}"


def token_group(token_id: int) -> str:
    """The channel layer group of the sockets that a token has opened, which hear `token.revoked`."""
    return f"token.{token_id}"
