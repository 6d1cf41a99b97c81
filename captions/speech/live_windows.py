"""The windows of a session: the open one, and ended ones that wait for their last decode."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise

from .again import Again, RetryRange
from .agreement import Agreement
from .coverage import uncovered
from .endpointing import Endpointer
from .live_events import Request
from .live_settings import LiveSettings
from .types import Word
from .window import Window
from .window_start import Start, later_start


class LiveWindows:
    """Opens, ends and splits windows, and says how far each is decoded. Iterates over all windows, oldest first."""

    def __init__(self, endpointer: Endpointer, settings: LiveSettings, *, start_ms: int) -> None:
        self.open: Window | None = None
        self.ended: deque[Window] = deque()
        self.floor_ms = start_ms
        """The earliest time at which the next window may begin."""
        self.last: Window | None = None
        """The last window that was decoded to its end, if the next one may go on from it."""
        self._endpointer = endpointer
        self._settings = settings

    def __iter__(self) -> Iterator[Window]:
        yield from self.ended
        if self.open is not None:
            yield self.open

    def __bool__(self) -> bool:
        return self.open is not None or bool(self.ended)

    def of(self, request: Request) -> Window | None:
        """The window that a request is about; None if that is gone."""
        if request.again is not None:
            return next(
                (each for each in self if each.again and each.again.first.range == request.again), None
            )
        return next((each for each in self if each.start_ms == request.start_ms), None)

    def begin(self, start_ms: int) -> None:
        """Opens a window. None may be open."""
        self.open = Window(
            start_ms,
            Agreement(self._settings.agreement),
            Again(self._settings),
            begun_ms=start_ms,
            covered_ms=start_ms,
            checked_ms=start_ms,
        )

    def end(self, end_ms: int, *, ends_row: bool = True, in_silence: bool = False) -> None:
        """Ends the open window, which then needs a decode of all its sound if it had none. One must be open."""
        window, self.open = self.open, None
        assert window is not None
        window.end_ms = self.floor_ms = max(window.start_ms, end_ms)
        window.ends_row, window.in_silence = ends_row, in_silence
        self.ended.append(window)

    def take_context_of(self, window: Window) -> Window | None:
        """The last window, if a window that was not decoded yet is to go on from it; it is then forgotten."""
        last, self.last = self.last, None
        if last is None or last.end_ms is None or not (last.stable and last.in_silence):
            return None
        return last if window.start_ms - last.end_ms <= self._settings.apart_ms else None

    def split(self, clock_ms: int) -> int:
        """Ends the open window, which is too long for a decode, and opens another one; returns where that begins.

        The place is in the longest pause of its second half, after the stable words. One must be open.
        """
        window = self.open
        assert window is not None
        since_ms = window.start_ms + self._settings.hard_ms // 2
        if window.stable:
            since_ms = max(since_ms, window.stable[-1].end_ms)
        voice = list(self._endpointer.voice(since_ms, clock_ms))
        gaps = [(b.start_ms - a.end_ms, a.end_ms, b.start_ms) for a, b in pairwise(voice)]
        _, before_ms, after_ms = max(gaps, default=(0, clock_ms, clock_ms))
        at_ms = (before_ms + after_ms) // 2
        self.end(at_ms, ends_row=False)
        # Its last decode included sound after its new end.
        window.covered_ms = window.start_ms
        self.begin(at_ms)
        return at_ms

    def has_heard_all(self, window: Window) -> bool:
        """Whether a decode included the newest voice, as far as that is in the window."""
        end_ms = self._endpointer.voice_end_ms + self._settings.voice_tail_ms
        return window.covered_ms >= (end_ms if window.end_ms is None else min(end_ms, window.end_ms))

    def is_heard(self, window: Window) -> bool:
        """Whether the decodes of an ended window included all its voice."""
        assert window.end_ms is not None
        voice = list(self._endpointer.voice(window.start_ms, window.end_ms))
        return not voice or window.covered_ms >= min(
            voice[-1].end_ms + self._settings.voice_tail_ms, window.end_ms
        )

    def is_stranded(self, window: Window, end_ms: int) -> bool:
        """Whether successive decodes found no word after the stable ones of a window, in enough voice for some."""
        return (
            bool(window.stable)
            and window.stalls >= self._settings.most_stalls
            and self._endpointer.voice_ms(window.heard_ms, end_ms) >= self._settings.stranded_ms
        )

    def later_start(self, window: Window, end_ms: int, *, open_words: int) -> Start | None:
        """Where a window that is too long is to begin; None if it is short, or too few words are stable."""
        if end_ms - window.start_ms <= self._settings.longest_ms:
            return None
        return later_start(
            window.stable,
            list(self._endpointer.voice(window.start_ms, end_ms)),
            open_words=open_words,
            end_ms=end_ms,
            keep_ms=self._settings.context_ms,
        )

    def uncovered(
        self, window: Window, unclear: Sequence[Word], until_ms: int | None = None
    ) -> list[RetryRange]:
        """The ranges of voice since the last call with neither a stable word nor an `unclear` one.

        Short ones before the first word are left out: they may be noise.
        """
        if window.spoken_ms is None and window.end_ms is None:
            return []
        if until_ms is None:
            until_ms = self._endpointer.voice_end_ms
            until_ms = until_ms if window.end_ms is None else min(until_ms, window.end_ms)
        voice = list(self._endpointer.voice(window.checked_ms, until_ms))
        window.checked_ms = max(window.checked_ms, until_ms)
        spoken_ms = until_ms if window.spoken_ms is None else window.spoken_ms
        return [
            RetryRange(each)
            for each in uncovered(voice, [*window.stable, *unclear])
            if each.end_ms > spoken_ms
            or self._endpointer.voice_ms(each.start_ms, each.end_ms) >= self._settings.unheard_ms
        ]
