"""OpenAI's Realtime API for transcription, as it is spoken over a WebSocket and over a data channel.

`Realtime` is the whole of it: it takes what a client says and what an audio worker tells, and returns what is said to
the client and what is to be done. See docs/openai-realtime.md, and https://platform.openai.com/docs/guides/realtime.
"""

from .configuration import Wishes
from .realtime import Effect, Flush, Push, Realtime

CHANNEL = "oai-events"
"""The label of the data channel over which it is spoken."""

__all__ = ["CHANNEL", "Effect", "Flush", "Push", "Realtime", "Wishes"]
