"""Measures another program as the live path is measured: same sound, same model, same machine."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from ..corpus import Recording
from ..figures import Cost, Figures, Setup, figures
from ..lanes import lanes, speak_lanes
from ..resources import Resources
from ..run import audio_seconds, heard_of
from ..whole_file import WholeText
from .program import Program, Server
from .whisper_live import WhisperLive
from .whisper_live_kit import WhisperLiveKit

PEERS: dict[str, Callable[[], Program]] = {
    WhisperLive.name: WhisperLive,
    WhisperLiveKit.name: WhisperLiveKit,
}


async def run(
    peer: str,
    python: Path,
    model: Path,
    recordings: Sequence[Recording],
    whole: Callable[[Recording], WholeText],
    *,
    model_name: str,
    streams: int,
    lane_seconds: float | None,
    log: Path,
) -> Figures:
    """One run with a server that is started and warmed up for it. Raises BenchError."""
    chosen = lanes(recordings, streams, lane_seconds)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(Server(PEERS[peer](), python, model, log))
        # The server loads its model only when the first client speaks.
        await server.speak(recordings[0].until(3.0))
        resources = await stack.enter_async_context(Resources())
        spoken = await speak_lanes(chosen, server.speak)
    return figures(
        Setup(peer, model_name, streams),
        heard_of(spoken, whole),
        Cost(audio_seconds(chosen), None, resources.cpu_seconds, resources.rss_mb, resources.lags_ms),
    )
