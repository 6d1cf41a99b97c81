"""The frames of a feed: a TCP connection over which a web process pushes sound to an audio worker and gets text back.

A frame is its kind (1 byte), the length of its payload (4 bytes, big-endian) and the payload. The first one is the
ticket. What the worker tells is the same as what it tells browsers over the channel layer; but it comes in order with
what was asked, and none of it is lost.
"""

import asyncio
import struct
from dataclasses import dataclass
from enum import IntEnum

import msgspec
from msgspec import Struct

from ..core.errors import WhisperStreamError
from ..core.vocabulary import joined
from .endpointing import Endpointing

MOST_BYTES = 256 * 1024
"""The longest payload."""
ALIVE_SECONDS = 5.0
"""How often a worker says that it is there: where nobody speaks, it has nothing else to say."""
LOST_SECONDS = 15.0
"""A worker that has said nothing for so long cannot be reached. TCP itself would notice that much later."""
_HEAD = struct.Struct("!BI")


class FrameError(WhisperStreamError):
    """The other side does not send frames of a feed."""


class Kind(IntEnum):
    # To the worker.
    TICKET = 1
    SOUND = 2
    """Mono 16 kHz samples, int16, little-endian."""
    LISTEN = 3
    """A `Listen` as JSON: how to listen from here on."""
    FLUSH = 4
    """All speech so far is to be written down; answered with FLUSHED, and the same payload."""
    END = 5
    """No more sound comes: the session ends, which the worker tells as `media ended`."""
    ALIVE = 6
    """The client is still there, whether it sends sound or not. To the web process: the worker is still there."""
    PACKETS = 7
    """Opus packets of a page: a message of `sound_frames`, as it came. To a `PacketFeed` only."""
    # To the web process.
    EVENT = 16
    """A message of the worker, as JSON: see `messages`."""
    FLUSHED = 17
    """All text of the sound before the FLUSH with this payload has been told."""


@dataclass(frozen=True, slots=True)
class Frame:
    kind: Kind
    payload: bytes = b""


class Listen(Struct, frozen=True, forbid_unknown_fields=True):
    """How a session is listened to; `language` is a code, or empty for any language.

    A `prompt` is text that stands before what is said from here on. It counts where it comes in a LISTEN frame.
    `hops` is how many servers like this one have passed the sound on.
    """

    language: str = ""
    endpointing: Endpointing = Endpointing()
    vocabulary: tuple[str, ...] = ()
    prompt: str = ""
    hops: int = 0

    def over(self, usual: "Listen") -> "Listen":
        """This, and `usual` where this says nothing; the words of both."""
        return Listen(
            self.language,
            self.endpointing.merge(usual.endpointing),
            joined(self.vocabulary, usual.vocabulary),
            hops=max(self.hops, usual.hops),
        )

    def __repr__(self) -> str:
        # What people expect to say is as private as what they say.
        return f"Listen(language={self.language!r}, endpointing={self.endpointing!r})"


def pack(kind: Kind, payload: bytes = b"") -> bytes:
    """The bytes of a frame. Raises ValueError for a payload longer than MOST_BYTES."""
    if len(payload) > MOST_BYTES:
        raise ValueError(f"A frame may have {MOST_BYTES} bytes at most.")
    return _HEAD.pack(kind, len(payload)) + payload


async def read(reader: asyncio.StreamReader) -> Frame | None:
    """The next frame; None where the connection has ended between two. Raises FrameError and OSError."""
    try:
        kind, length = _HEAD.unpack(await reader.readexactly(_HEAD.size))
        if length > MOST_BYTES:
            raise FrameError("A frame is too long.")
        return Frame(Kind(kind), await reader.readexactly(length))
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise FrameError("The connection ended within a frame.") from error
        return None
    except ValueError as error:
        raise FrameError("A frame has an unknown kind.") from error


def payload_of(listen: Listen) -> bytes:
    return msgspec.json.encode(listen)


def listen_of(payload: bytes) -> Listen:
    """Raises FrameError."""
    try:
        return msgspec.json.decode(payload, type=Listen)
    except msgspec.DecodeError as error:
        raise FrameError("A LISTEN frame is not understood.") from error
