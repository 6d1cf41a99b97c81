"""How live sound becomes text: every number of it."""

from dataclasses import dataclass, field

from .agreement import AgreementSettings


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """How sound becomes text. Every time is of sound, in milliseconds."""

    first_ms: int = 350
    """The first decode comes so long after the voice began."""
    every_ms: int = 150
    """The next one when there is so much more sound, if the last is answered by then."""
    voice_tail_ms: int = 32
    """Sound behind the last voice that a decode must have heard to have heard all of it."""
    longest_ms: int = 8_000
    """A window that is longer begins later from then on: what a decode costs grows with its length."""
    context_ms: int = 4_000
    """So much of it is kept then, about: the sentence that is open, and what came before."""
    hard_ms: int = 28_000
    """The longest sound that a model takes. A window in which nothing was decoded for so long is split."""
    prompt_characters: int = 200
    """So much of the text before the window is told to the model."""
    prompt_gap_ms: int = 8_000
    """Unless so much time lies between them."""
    tail_ms: int = 400
    """Silence behind the last voice of a window that belongs to it."""
    stray_ms: int = 400
    """A doubtful word that begins so long after the voice ended was not spoken."""
    stalled_ms: int = 400
    """Where a decode finds no word in so much voice behind the stable ones, the next is not told these …"""
    most_stalls: int = 3
    """… and after so many the window begins behind them …"""
    stranded_ms: int = 1_500
    """… where there is so much voice by then: less may be no word."""
    unheard_ms: int = 2_000
    """Less voice without any word, before the first word of a window or in all of it, may be a noise."""
    no_speech_probability: float = 0.6
    """A hypothesis is nothing where the model thinks that nobody spoke …"""
    mean_log_probability: float = -1.0
    """… and does not believe what it wrote: both values are Whisper's own."""
    again_around_ms: tuple[int, ...] = (1_500, 200)
    """So much sound before a stretch is decoded with it when it is heard again, at the first and each further try."""
    lead_ms: int = 200
    """So much sound before a sentence belongs to it: soft beginnings."""
    strange_log_probability: float = -0.7
    """What a model believes less of so much voice may be in another language …"""
    strange_voice_ms: int = 1_500
    better_log_probability: float = 0.3
    """… and is, where it believes that by so much more."""
    language_voice_ms: int = 3_000
    """So much voice tells a language, where none is chosen …"""
    language_probability: float = 0.9
    """… half as much where the model is so sure of it."""
    language_pause_ms: int = 600
    """Who has paused for so long may go on in another language …"""
    language_check_ms: tuple[int, ...] = (1_200, 2_500)
    """… and what is said then is heard by itself for that, when there is so much voice, unless it is known by then."""
    same_language_probability: float = 0.5
    """It is known where the language of before is so likely."""
    row_ms: int = 25_000
    """A sentence that has a pause in it is heard once more as a whole, for its punctuation, so much of it at most."""
    marks_ms: int = 6_000
    """One that is open, too, when it has grown by so much …"""
    marks_silence_ms: int = 500
    """… and somebody has paused for so long."""
    row_wait_ms: int = 4_000
    """It waits so long for a pause, in which nothing else is to be heard."""
    read_ms: int = 1_000
    """A word that was shown for so long was read."""
    most_failures: int = 3
    """So many decodes of a window that is over may fail before it is given up."""
    most_ended: int = 8
    """Windows that may wait for their last decode."""
    agreement: AgreementSettings = field(default_factory=AgreementSettings)
