"""The settings of live decoding."""

from dataclasses import dataclass, field, replace
from typing import Self

from .agreement import AgreementSettings


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """How the sound of a session becomes text. Milliseconds count sound, not the time that passes meanwhile."""

    first_ms: int = 350
    """Sound from the beginning of voice to a window's first decode. Smaller shows the first words sooner, and
    wrong more often."""
    every_ms: int = 150
    """Sound added to a window before it is decoded again. Smaller shows words sooner and costs more decodes."""
    voice_tail_ms: int = 32
    """Sound after the end of voice that a decode must include to count as a decode of all that voice."""
    longest_ms: int = 8_000
    """Length above which the start of a window is moved forward. Larger gives a decode more context and costs
    more time for each decode."""
    context_ms: int = 4_000
    """Length that a window keeps, approximately, when its start is moved forward."""
    hard_ms: int = 28_000
    """Length at which a window is split because its start could not be moved. Whisper takes at most 30 s."""
    prompt_characters: int = 200
    """Characters of the text before the window that are given to the model as the prompt. Larger keeps names and
    style more consistent and makes a decode slower."""
    prompt_gap_ms: int = 8_000
    """Time between the previous text and the window above which the window gets no prompt."""
    apart_ms: int = 1_300
    """Time between two windows above which the second does not begin with the sound and the words of the first."""
    tail_ms: int = 400
    """Silence after the last voice that is decoded with it. Larger makes it surer that no word end is cut off."""
    stray_ms: int = 400
    """A word that the model doubts is dropped if it begins later than this after the end of the voice."""
    stalled_ms: int = 400
    """Voice after the stable words in which a decode must find a word. If it finds none it has stalled, and the
    next decodes get no prefix until a word becomes stable."""
    most_stalls: int = 3
    """Stalls after which the window is moved to begin after its stable words."""
    stranded_ms: int = 1_500
    """Voice that must follow the stable words before the window is moved for `most_stalls`: less may be noise."""
    unheard_ms: int = 2_000
    """Voice without words, before the first word of a window, that is decoded again or marked unclear. Less is
    taken for noise."""
    no_speech_probability: float = 0.6
    """Whisper's probability, 0 to 1, that nobody spoke, above which a hypothesis is dropped if its log probability
    is below `mean_log_probability` too. The default is Whisper's own."""
    mean_log_probability: float = -1.0
    """Mean log probability, at most 0, below which a hypothesis is dropped if `no_speech_probability` is exceeded
    too. The default is Whisper's own."""
    again_around_ms: tuple[int, ...] = (1_500, 200)
    """Sound decoded before a time range that is decoded again, one value for each attempt."""
    lead_ms: int = 200
    """Sound decoded before the first word of a sentence, so that a soft beginning is not cut off."""
    strange_log_probability: float = -0.7
    """Mean log probability, at most 0, at or below which words are decoded again in any language. Used only while
    the language is detected."""
    strange_voice_ms: int = 1_500
    """Voice that the words must have for that second decode."""
    better_log_probability: float = 0.3
    """How much higher the mean log probability in another language must be for its words to be taken instead."""
    language_voice_ms: int = 3_000
    """Voice in a decode that is enough to settle the language, whatever its probability."""
    language_probability: float = 0.9
    """Probability of a language, 0 to 1, at which half of `language_voice_ms` settles it."""
    language_pause_ms: int = 600
    """Pause after which the language is not settled any more: the speaker may go on in another one."""
    language_check_ms: tuple[int, ...] = (1_200, 2_500)
    """Voice since that pause at which the sound since then is decoded by itself to detect its language, one value
    for each attempt."""
    same_language_probability: float = 0.5
    """Probability, 0 to 1, at which the language from before the pause is settled for the speech after it."""
    row_ms: int = 25_000
    """Longest sound of a sentence that is decoded once more for its punctuation; of a longer one the end is."""
    marks_ms: int = 6_000
    """Length by which an open sentence must grow before it is decoded again for its punctuation."""
    marks_silence_ms: int = 500
    """Pause that must have lasted before an open sentence is decoded for its punctuation."""
    row_wait_ms: int = 4_000
    """How long the decode for a finished sentence's punctuation waits for a pause before it takes precedence over
    the speech that goes on."""
    read_ms: int = 1_000
    """Time on the page after which a word counts as read; one that disappears after that is counted as vanished."""
    most_failures: int = 3
    """Successive failed decodes of a window after which it is given up, if it has ended."""
    most_ended: int = 8
    """Windows that may wait for their last decode. The oldest is given up when there are more."""
    prefixed: bool = True
    """Whether a decode is made to begin with the stable words. If the engine cannot do that, its words are aligned
    with them instead."""
    agreement: AgreementSettings = field(default_factory=AgreementSettings)
    """When a word becomes stable."""

    def of_a_stream(self) -> Self:
        """For a service that gets the sound as it comes, and tells its text by itself."""
        return replace(self.of_a_service(0), first_ms=self.every_ms, every_ms=self.every_ms)

    def of_a_service(self, partial_seconds: float) -> Self:
        """For an engine that knows no prefix, does not say how sure it is of a language, and costs something each time.

        During speech there are `partial_seconds` between two decodes; with 0 there is none before a pause.
        """
        every_ms = round(partial_seconds * 1000) or 2 * self.hard_ms
        return replace(
            self,
            first_ms=every_ms,
            every_ms=every_ms,
            language_check_ms=(2 * self.hard_ms,),
            prefixed=False,
        )
