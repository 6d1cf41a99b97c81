"""Detects the language of a dictation in which nobody has chosen one. Pure; times are milliseconds of the session."""

from collections.abc import Sequence

from .alignment import normalised
from .continuation import repeats_itself
from .endpointing import Endpointer
from .languages import Evidence, after
from .live_events import Request
from .live_settings import LiveSettings
from .types import Hypothesis, Word, certainty


class LiveLanguage:
    """Settles the language anew after each longer pause, since the speaker may go on in another one.

    The speech since such a pause is called the *phrase* here. Its words do not become stable before its language is
    settled. `detects` says whether nobody has chosen a language.
    """

    def __init__(
        self, endpointer: Endpointer, settings: LiveSettings, *, detects: bool, start_ms: int = 0
    ) -> None:
        self.detects = detects
        self._start_ms = start_ms
        self._endpointer = endpointer
        self._settings = settings
        self._known = ""
        self._since_ms: int | None = None
        self._begun_ms = -1
        self._checks = 0

    def likely(self, before: str, voice_ms: int) -> str:
        """The language to favour in a decode of short speech: the last one settled, or `before` if none was.

        Empty if there is enough voice to detect the language without help.
        """
        return (self._known or before) if voice_ms < self._settings.language_check_ms[0] else ""

    @property
    def since_ms(self) -> int | None:
        """Start of the phrase, if its language is not settled; otherwise None."""
        return self._since_ms if self.detects else None

    def begin(self, start_ms: int) -> None:
        """Begins a phrase. A call with the same start, or an earlier one, changes nothing."""
        if start_ms > self._begun_ms:
            self._since_ms, self._begun_ms, self._checks = start_ms, start_ms, 0

    def is_due(self, voice_ms: int) -> bool:
        """Whether the phrase, which has `voice_ms` of voice by now, is to be decoded by itself."""
        checks = self._settings.language_check_ms
        return self.since_ms is not None and self._checks < len(checks) and voice_ms >= checks[self._checks]

    def request(self, clock_ms: int) -> Request | None:
        """Asks for a decode of the phrase by itself; None if that is not due."""
        since_ms = self.since_ms
        if since_ms is None:
            return None
        voice_ms = self._endpointer.voice_ms(since_ms, clock_ms)
        if not self.is_due(voice_ms):
            return None
        start_ms = self._first_ms(since_ms)
        return Request(start_ms, clock_ms, "", "", clock_ms - start_ms, voice_ms, urgent=False, check=True)

    def _first_ms(self, since_ms: int) -> int:
        """Where the sound of a phrase begins; there is none before the session, or its worker, began."""
        return max(self._start_ms, since_ms - self._settings.lead_ms)

    def take(self, request: Request, hypothesis: Hypothesis) -> str:
        """Takes the decode of the phrase by itself; returns the language that it settles, empty if it settles none."""
        if self.since_ms is None or self._first_ms(self.since_ms) != request.start_ms:
            return ""
        language = self.check(hypothesis, request.voice_ms)
        if language is None:
            return ""
        self.settle(language)
        return language

    def knows(self, hypothesis: Hypothesis, voice_ms: int, *, alone: bool) -> bool:
        """Whether the language of the phrase is settled; a hypothesis of the phrase `alone` may settle it."""
        if self.since_ms is None:
            return True
        if not alone or not self.is_evident_from(hypothesis, voice_ms):
            return False
        self.settle(hypothesis.language)
        return True

    def are_strange(self, words: Sequence[Word], mean_log_probability: float) -> bool:
        """Whether words are improbable enough, in enough voice, to be decoded again in any language."""
        if not (self.detects and words) or mean_log_probability > self._settings.strange_log_probability:
            return False
        return (
            self._endpointer.voice_ms(words[0].start_ms, words[-1].end_ms) >= self._settings.strange_voice_ms
        )

    def is_better(self, hypothesis: Hypothesis, language: str, mean_log_probability: float) -> bool:
        """Whether a hypothesis in another language replaces words in `language` that were improbable."""
        better_by = self._settings.better_log_probability
        return (
            hypothesis.language != language
            and hypothesis.mean_log_probability >= mean_log_probability + better_by
        )

    def settle(self, language: str) -> None:
        """Settles the language of the phrase."""
        self._known, self._since_ms = language, None

    def is_readable(self, words: Sequence[Word], language: str, voice_ms: int) -> bool:
        """Whether words in `language`, decoded from `voice_ms` of voice, may be shown before the language is settled.

        In the first moments a model may detect any language; its words are then improbable. Repeated words count once:
        a repetition is more probable than the first occurrence.
        """
        is_enough = voice_ms >= self._settings.language_voice_ms // 2
        if self.since_ms is None or language == self._known or is_enough:
            return True
        first: dict[str, Word] = {}
        for word in words:
            if not repeats_itself(text := normalised(word.text)):
                first.setdefault(text, word)
        return certainty(first.values()) >= self._settings.agreement.doubt

    def is_evident_from(self, hypothesis: Hypothesis, voice_ms: int) -> bool:
        """Whether a hypothesis of the phrase alone, with `voice_ms` of voice in it, settles its language."""
        settings = self._settings
        if voice_ms >= settings.language_voice_ms:
            return True
        if hypothesis.language == self._known:
            return (
                voice_ms >= settings.language_check_ms[0]
                and hypothesis.language_probability >= settings.same_language_probability
            )
        return (
            voice_ms >= settings.language_voice_ms // 2
            and hypothesis.language_probability >= settings.language_probability
        )

    def check(self, hypothesis: Hypothesis, voice_ms: int) -> str | None:
        """Counts one decode of the phrase by itself; returns its language, None if that is not settled yet.

        The last of the attempts settles it in any case.
        """
        self._checks += 1
        current, probability = self._known, hypothesis.language_probability
        if hypothesis.language == current:
            is_known = probability >= self._settings.same_language_probability
        else:
            evidence = Evidence(voice_ms, {hypothesis.language: probability, current: 1 - probability})
            if (language := after(evidence, current)) != current:
                return language
            is_known = False
        is_last = self._checks == len(self._settings.language_check_ms)
        return (current or hypothesis.language) if is_known or is_last else None
