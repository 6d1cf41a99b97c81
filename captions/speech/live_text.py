"""Turns the hypotheses of one live session into rows. Pure: time and hypotheses are inputs.

A row is a sentence. A decode has its context: the window begins at or before the open sentence and grows over pauses.
`request` returns what to decode next, and `take` takes the hypothesis. See docs/listening.md.
"""

import uuid
from collections.abc import Callable
from dataclasses import replace

from .again import RetryRange
from .continuation import Continuation, believable, continuation, continuation_of, spoken_now
from .coverage import is_unclear
from .endpointing import Endpointer, EndpointSettings, VoiceState
from .listener import Scored
from .live_events import Output, Request, Row, Undecoded
from .live_language import LiveLanguage
from .live_rows import LiveRows
from .live_settings import LiveSettings
from .live_windows import LiveWindows
from .text_before import TextBefore
from .types import SILENCE, Hypothesis, TimeRange, Word, join, moved_to
from .window import Window


class LiveText:
    """The state of one session's text: its windows, its open row, and what to decode next.

    With `detects` nobody has chosen a language, so it is detected.
    """

    def __init__(
        self,
        endpoints: EndpointSettings | None = None,
        settings: LiveSettings | None = None,
        *,
        start_ms: int = 0,
        detects: bool = False,
        new_key: Callable[[], uuid.UUID] = uuid.uuid4,
    ) -> None:
        self._settings = settings or LiveSettings()
        self._endpointer = Endpointer(endpoints)
        self._spoken_in = LiveLanguage(self._endpointer, self._settings, detects=detects, start_ms=start_ms)
        self._windows = LiveWindows(self._endpointer, self._settings, start_ms=start_ms)
        self._clock_ms = start_ms
        # End of the voice before the last pause.
        self._paused_ms = start_ms
        self._rows = LiveRows(self._endpointer, self._settings, new_key, start_ms=start_ms)
        self._before = TextBefore(self._settings.prompt_characters, self._settings.prompt_gap_ms)

    @property
    def speaking(self) -> bool:
        """Whether a window is open."""
        return self._windows.open is not None

    @property
    def ended_ms(self) -> int:
        """The end of the last window that has ended."""
        return self._windows.floor_ms

    @property
    def waits(self) -> bool:
        """Whether there is speech that is not decoded to its end, or a row that is not given out."""
        return bool(self._windows) or self._rows.waiting

    @property
    def unfinished(self) -> int:
        """How many windows have ended and wait for their last decode."""
        return len(self._windows.ended)

    @property
    def flows_since_ms(self) -> int | None:
        """Where the speech begins that goes on; None in a pause, and while earlier speech waits for its decode."""
        is_flowing = self._endpointer.state is VoiceState.VOICED and not self._windows.ended
        return self._windows.open.start_ms if self._windows.open is not None and is_flowing else None

    @property
    def language(self) -> str:
        """The code of the last language; empty before the first hypothesis."""
        return self._rows.language

    @property
    def detects(self) -> bool:
        """Whether nobody has chosen a language."""
        return self._spoken_in.detects

    @detects.setter
    def detects(self, detects: bool) -> None:
        self._spoken_in.detects = detects

    @property
    def settled_ms(self) -> int:
        """The time up to which all speech is in rows that were given out."""
        if (start_ms := self._rows.start_ms) is not None:
            return start_ms
        if first := next(iter(self._windows), None):
            return first.heard_ms
        return max(self._windows.floor_ms, self._clock_ms - 2 * self._endpointer.settings.prefix_ms - 1_000)

    def voice(self, since_ms: int, until_ms: int) -> list[TimeRange]:
        """The ranges of voice between these two times."""
        return list(self._endpointer.voice(since_ms, until_ms))

    def adopt(self, endpoints: EndpointSettings) -> None:
        """Applies other settings from now on."""
        self._endpointer.adopt(endpoints)

    def forget(self) -> None:
        """Drops the prompt, as for a change of language."""
        self._windows.last = None
        self._before.forget()

    def go_on_from(self, text: str) -> None:
        """Takes a text as what was said before; it becomes the prompt of what follows soon."""
        self._before.add(text, self._clock_ms)

    def hear(self, scored: Scored) -> list[Output]:
        """Takes the probability of speech in the next 32 ms."""
        state = self._endpointer.push(scored.start_ms, scored.end_ms, scored.probability)
        self._clock_ms = scored.end_ms
        window, voice_end_ms = self._windows.open, self._endpointer.voice_end_ms
        if window is None:
            if state is VoiceState.VOICED:
                prefix_ms = self._endpointer.settings.prefix_ms
                start_ms = max(self._windows.floor_ms, self._endpointer.voice_start_ms - prefix_ms)
                self._windows.begin(start_ms)
                self._spoken_in.begin(start_ms)
            return []
        if state is VoiceState.PAUSED:
            self._paused_ms = voice_end_ms
        elif self._endpointer.voice_start_ms - self._paused_ms >= self._settings.language_pause_ms:
            self._spoken_in.begin(self._endpointer.voice_start_ms)
        outputs: list[Output] = []
        if state is VoiceState.PAUSED and self._windows.has_heard_all(window):
            # In a pause no more sound comes that could change the words.
            outputs = self._settle(window, window.agreement.tentative)
        elif self._clock_ms - window.start_ms > self._settings.hard_ms:
            self._spoken_in.begin(self._windows.split(self._clock_ms))
        silence_ms = self._clock_ms - voice_end_ms
        if state is VoiceState.PAUSED and silence_ms >= self._endpointer.settings.silence_ms:
            self._windows.end(min(voice_end_ms + self._settings.tail_ms, self._clock_ms), in_silence=True)
        return outputs + self._finish_ended()

    def flush(self) -> list[Output]:
        """Ends the open window: no more sound comes, or none for a while."""
        if self._windows.open is not None:
            end_ms = self._clock_ms
            if self._endpointer.state is VoiceState.PAUSED:
                end_ms = min(self._endpointer.voice_end_ms + self._settings.tail_ms, end_ms)
            self._windows.end(end_ms)
        self._endpointer.reset()
        return self._finish_ended()

    def skip(self, until_ms: int) -> list[Output]:
        """Ends the open window and moves the clock over lost sound, up to `until_ms`."""
        outputs = self.flush()
        self._clock_ms = self._windows.floor_ms = until_ms
        return outputs

    def request(self) -> Request | None:
        """What to decode now; None if there is nothing new. Only one request is to be decoded at a time."""
        request = self._next_request()
        if request is None:
            return None
        return replace(request, likely=self._spoken_in.likely(self.language, request.voice_ms))

    def _next_request(self) -> Request | None:
        for each in self._windows:
            if each.again:
                return each.again.request(each.start_ms, self._clock_ms)
        if self._windows.ended:
            return self._request(self._windows.ended[0], urgent=True)
        window, paused = self._windows.open, self._endpointer.state is VoiceState.PAUSED
        if window is not None and window.stable and (check := self._spoken_in.request(self._clock_ms)):
            return check
        if window is not None and paused and not self._windows.has_heard_all(window):
            return self._request(window, urgent=True)
        if window is None or paused or self._rows.waits_since(self._clock_ms - self._settings.row_wait_ms):
            return self._rows.request(self._clock_ms)
        since_ms = self._endpointer.voice_start_ms + self._settings.first_ms
        if window.asked_ms is not None:
            since_ms = window.asked_ms + self._settings.every_ms
        return self._request(window, urgent=False) if self._clock_ms >= since_ms else None

    def take(self, request: Request, hypothesis: Hypothesis) -> list[Output]:
        """Takes the hypothesis of a request; returns what changed."""
        if request.check:
            return self._take_check(request, hypothesis)
        if request.row is not None:
            return self._take_marks(request.row, believable(hypothesis.shifted(request.start_ms)))
        window = self._windows.of(request)
        if window is None:
            return []
        window.failures = 0
        if request.again is not None:
            return [*self._take_again(window, request, hypothesis), *self._finish_ended()]
        self._rows.language = hypothesis.language or self.language
        if not self.detects:
            self._spoken_in.settle(self.language)
        if request.prefix not in ("", window.prefix):
            # Since the request a pause has made more words stable, which this hypothesis has once more.
            return self._finish_ended()
        if hypothesis.is_draft:
            drafted = self._continuation(window, request, hypothesis).words
            return self._show(drafted) if window is self._windows.open else []
        window.covered_ms = max(window.covered_ms, request.end_ms)
        window.mean_log_probability = hypothesis.mean_log_probability
        words: tuple[Word, ...] = ()
        stalls = False
        if request.prefix or not self._is_nothing(hypothesis):
            continuation_found = self._continuation(window, request, hypothesis)
            is_long = request.voice_ms >= self._settings.stalled_ms
            stalls = bool(window.stable) and not continuation_found.words and is_long
            if stalls or continuation_found.breaks_off:
                window.stalls += 1
            elif request.prefix:
                window.stalls = 0
            words = _before(continuation_found.words, window.end_ms)
            if window.stable and self._rows.words:
                self._rows.mark(continuation_found.mark)
        paused = window.end_ms is not None or self._endpointer.state is VoiceState.PAUSED
        if paused and self._windows.has_heard_all(window):
            # A decode that has stalled tells nothing about words that others found.
            outputs = self._settle(window, window.agreement.tentative if stalls else words)
        elif stalls:
            outputs = []
        else:
            outputs = []
            hold = not self._spoken_in.knows(hypothesis, request.voice_ms, alone=not window.stable)
            for word in window.agreement.update(words, audio_end_ms=request.end_ms, hold=hold):
                outputs += self._append(window, word)
            if request.prefix or self._spoken_in.is_readable(words, hypothesis.language, request.voice_ms):
                outputs += self._show(window.agreement.tentative)
        return outputs + self._finish_ended()

    def failed(self, request: Request) -> list[Output]:
        """To be called, instead of `take`, if a decode failed or its sound is not in memory any more."""
        if request.check:
            return self._take_check(request, SILENCE)
        if request.row is not None:
            return self._take_marks(request.row, ())
        window = self._windows.of(request)
        if window is None:
            return []
        window.failures += 1
        if window.failures < self._settings.most_failures:
            return []
        if request.again is not None:
            return [*self._take_again(window, request, None), *self._finish_ended()]
        return [] if window.end_ms is None else [*self._give_up(), *self._finish_ended()]

    def _request(self, window: Window, *, urgent: bool) -> Request:
        if window.asked_ms is None and (last := self._windows.take_context_of(window)):
            self._before.take_back(join(last.stable))
            window.go_on_from(last)
        end_ms = self._clock_ms if window.end_ms is None else window.end_ms
        if self._windows.is_stranded(window, end_ms):
            # Neither with nor without the prefix is there a word after it: go on without those words.
            self._leave_out(window, len(window.stable), max(window.start_ms, window.said_ms))
            self._before.forget()
            window.stalls = 0
        if start := self._windows.later_start(window, end_ms, open_words=len(self._rows.words)):
            self._leave_out(window, start.words, start.at_ms)
        window.asked_ms = end_ms
        prefix = window.prefix if self._settings.prefixed and not window.stalls else ""
        return Request(
            window.start_ms,
            end_ms,
            self._before.prompt(window.start_ms),
            prefix,
            new_ms=max(0, end_ms - (window.heard_ms if prefix else window.start_ms)),
            voice_ms=self._endpointer.voice_ms(window.heard_ms, end_ms),
            urgent=urgent,
        )

    def _take_marks(self, key: uuid.UUID, hypothesis: tuple[Word, ...]) -> list[Output]:
        """Takes the decode for the punctuation of a row, finished or open."""
        is_open = key == self._rows.key
        outputs = self._rows.write(key, hypothesis)
        window = next(iter(self._windows), None)
        if window is None or not is_open:
            return outputs
        # The window's words are the prefix of its next decodes, so they get the new punctuation too.
        done = [word for output in outputs if isinstance(output, Row) for word in output.words]
        texts = {word.start_ms: word.text for word in (*done, *self._rows.words)}
        window.stable = [replace(each, text=texts.get(each.start_ms, each.text)) for each in window.stable]
        return outputs + self._show(window.agreement.tentative)

    def _leave_out(self, window: Window, words: int, at_ms: int) -> None:
        """Moves the start of the window to `at_ms`; its first `words` stable words become part of the prompt."""
        window.again.extend(self._uncovered(window, window.stable[words - 1].end_ms))
        self._before.add(join(window.stable[:words]), at_ms)
        window.start_ms, window.stable = at_ms, window.stable[words:]

    def _continuation(self, window: Window, request: Request, hypothesis: Hypothesis) -> Continuation:
        """The new words of a hypothesis, whether it was decoded with the stable words as its prefix or without."""
        words = hypothesis.shifted(request.start_ms)
        if request.prefix:
            return continuation(words, request.prefix, heard_ms=window.said_ms)
        return continuation_of(words, window.stable, heard_ms=window.said_ms)

    def _is_nothing(self, hypothesis: Hypothesis) -> bool:
        return (
            hypothesis.no_speech_probability > self._settings.no_speech_probability
            and hypothesis.mean_log_probability < self._settings.mean_log_probability
        )

    def _settle(self, window: Window, words: tuple[Word, ...]) -> list[Output]:
        """Makes all words after the stable ones stable, in a pause; improbable ones are decoded again first."""
        if window.again:
            # The ranges that are being decoded again would be found without words once more.
            return []
        window.agreement.clear()
        words = self._spoken(words)
        if self._spoken_in.are_strange(words, window.mean_log_probability):
            time_range = TimeRange(words[0].start_ms, max(words[-1].end_ms, words[0].start_ms + 1))
            window.again.extend([RetryRange(time_range, words, window.mean_log_probability)])
            return self._show(words)
        outputs: list[Output] = []
        for word in words:
            outputs += self._append(window, word)
        window.again.extend(self._uncovered(window))
        return outputs + self._show(())

    def _take_check(self, request: Request, hypothesis: Hypothesis) -> list[Output]:
        """Takes the decode that checks the language; from its start on the open window may be in another one."""
        window = self._windows.open
        if window is None:
            return []
        language = self._spoken_in.take(request, hypothesis)
        if language in ("", self.language):
            return []
        outputs = self._speak(language, window, max(request.start_ms, window.said_ms))
        return outputs + self._show(window.agreement.tentative)

    def _speak(self, language: str, window: Window, since_ms: int) -> list[Output]:
        """Closes the row at `since_ms` and lets the window begin there, in that language."""
        outputs = self._close(window, since_ms)
        self._rows.language = language
        since_ms = max(window.start_ms, since_ms)
        if window.stable:
            self._leave_out(window, len(window.stable), since_ms)
        window.start_ms = since_ms
        window.agreement.clear()
        self._before.forget()
        return outputs

    def _uncovered(self, window: Window, until_ms: int | None = None) -> list[RetryRange]:
        return self._windows.uncovered(window, self._rows.unclear, until_ms)

    def _take_again(self, window: Window, request: Request, hypothesis: Hypothesis | None) -> list[Output]:
        """Takes the hypothesis of a range that was decoded again; None if that decode failed."""
        retry = window.again.first
        words: tuple[Word, ...] = ()
        if hypothesis is not None and not self._is_nothing(hypothesis):
            words = believable(hypothesis.shifted(request.start_ms))
            words = tuple(word for word in words if retry.range.overlap_ms(word.start_ms, word.end_ms))
        if retry.words:
            return self._take_instead(window, hypothesis, words)
        moved = self._spoken_now(window, retry.range, words)
        found: tuple[Word, ...] | None = ()
        if moved and len(moved) == len(words):
            window.again.drop()
        else:
            found = window.again.take(words[len(moved) :])
        if found is None:
            return []
        if not any(map(is_unclear, found)):
            self._rows.move(moved)
            window.stable = moved_to(window.stable, moved)
        outputs: list[Output] = []
        late = tuple(word for word in found if self._rows.is_late(word))
        in_time = [word for word in found if not self._rows.is_late(word)]
        if late:
            outputs += self._rows.late(late)
        for word in in_time:
            outputs += self._insert(window, word)
        return outputs + self._show(window.agreement.tentative)

    def _spoken_now(self, window: Window, time_range: TimeRange, words: tuple[Word, ...]) -> dict[int, Word]:
        """Words before the range that were spoken in it: keys are their `start_ms`, values have the right times."""
        before = [each for each in window.stable if each.start_ms < time_range.start_ms]
        voice = list(self._endpointer.voice(window.start_ms, self._clock_ms))
        count = spoken_now(before, words, voice)
        pairs = zip(before[len(before) - count :], words[:count], strict=True)
        return {old.start_ms: replace(new, start_ms=max(old.start_ms, new.start_ms)) for old, new in pairs}

    def _take_instead(
        self,
        window: Window,
        hypothesis: Hypothesis | None,
        words: tuple[Word, ...],
    ) -> list[Output]:
        """Keeps the improbable words of the range, or `words` in another language if those are more probable."""
        strange = window.again.drop()
        outputs: list[Output] = []
        language, believed = self.language, strange.mean_log_probability
        if hypothesis is not None and words and self._spoken_in.is_better(hypothesis, language, believed):
            self._spoken_in.settle(hypothesis.language)
            outputs += self._speak(
                hypothesis.language, window, strange.range.start_ms - self._settings.lead_ms
            )
        else:
            words = strange.words
        for word in words:
            outputs += self._append(window, word)
        window.again.extend(self._uncovered(window))
        return outputs + self._show(window.agreement.tentative)

    def _insert(self, window: Window, word: Word) -> list[Output]:
        """Puts a word found later at its place in the open row."""
        if not self._rows.insert(word):
            if not is_unclear(word):
                return self._append(window, word)
            self._rows.wait(word)
            return []
        at = sum(each.start_ms <= word.start_ms for each in window.stable)
        if at and not is_unclear(word):
            window.stable.insert(at, word)
        return []

    def _spoken(self, words: tuple[Word, ...]) -> tuple[Word, ...]:
        """The words without doubtful ones at the end that begin after the voice."""
        end_ms, doubt = (
            self._endpointer.voice_end_ms + self._settings.stray_ms,
            self._settings.agreement.doubt,
        )
        while words and words[-1].start_ms > end_ms and words[-1].probability < doubt:
            words = words[:-1]
        return words

    def _append(self, window: Window, word: Word) -> list[Output]:
        """Takes a word that has become stable. An `[unclear]` in its place goes, and its voice is checked again."""
        if (since_ms := self._rows.unclear_since(word)) is not None:
            window.checked_ms = max(window.start_ms, min(window.checked_ms, since_ms))
        return [*self._leave_unclear(window, word), *self._go_on(window, word)]

    def _leave_unclear(self, window: Window, before: Word | None) -> list[Output]:
        """Puts every waiting `[unclear]` before a word into the row; with None all of them."""
        outputs: list[Output] = []
        for each in self._rows.unclear_before(before):
            outputs += self._go_on(window, each)
        return outputs

    def _close(self, window: Window, settled_ms: int) -> list[Output]:
        """Finishes the open row with everything that waits for it."""
        return [*self._leave_unclear(window, None), *self._rows.close(settled_ms)]

    def _go_on(self, window: Window, word: Word) -> list[Output]:
        """Appends a word to the open row, or to a new one if a sentence ends before it."""
        outputs: list[Output] = []
        if self._rows.words:
            ends = self._rows.ends_before(word)
            last = self._rows.last if ends else self._rows.last_before(word)
            # The window's words are the prefix of its next decodes.
            if window.stable and not is_unclear(last):
                window.stable[-1] = last
            if ends:
                outputs = self._rows.close(last.end_ms)
        bare = self._rows.append(word)
        if window.spoken_ms is None:
            window.spoken_ms = bare.start_ms
        # Given `[unclear]` in its prefix, a model writes it by itself.
        if not is_unclear(word):
            window.stable.append(bare)
            window.stalls = 0
        return outputs

    def _show(self, tentative: tuple[Word, ...]) -> list[Output]:
        return self._rows.show(tentative, self._clock_ms)

    def _finish_ended(self) -> list[Output]:
        """Removes the ended windows that are decoded to their end, and gives up the oldest if there are too many."""
        outputs: list[Output] = []
        ended = self._windows.ended
        while len(ended) > self._settings.most_ended:
            outputs += self._give_up()
        while ended and not ended[0].again and self._windows.is_heard(ended[0]):
            window = ended[0]
            assert window.end_ms is not None
            outputs += self._settle(window, window.agreement.tentative)
            if window.again:
                break
            ended.popleft()
            if window.ends_row:
                outputs += self._close(window, window.end_ms)
                outputs += self._show(())
            self._before.add(join(window.stable), window.end_ms)
            self._windows.last = window
        return outputs

    def _give_up(self) -> list[Output]:
        """Gives up the oldest ended window: it cannot be decoded to its end."""
        window, self._windows.last = self._windows.ended.popleft(), None
        assert window.end_ms is not None
        since_ms = window.heard_ms
        outputs = [*self._close(window, window.end_ms), *self._show(())]
        self._before.add(join(window.stable), window.end_ms)
        return [*outputs, Undecoded(TimeRange(since_ms, max(window.end_ms, since_ms + 1)))]


def _before(words: tuple[Word, ...], end_ms: int | None) -> tuple[Word, ...]:
    """The words whose middle lies before `end_ms`; all of them if that is None."""
    if end_ms is None:
        return words
    return tuple(word for word in words if word.start_ms + word.end_ms < 2 * end_ms)
