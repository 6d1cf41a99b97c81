"""A model in ggml's format, loaded by whisper.cpp, and the searches that it does."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base import Audio, EngineError
from .ggml_file import Head, check_complete, head_of
from .library import (
    BEAM_SEARCH,
    GREEDY,
    TOP_MOST_HEADS,
    EncoderBegin,
    FullParams,
    Library,
    LogitsFilter,
    library,
)

# whisper_alignment_heads_preset, by layers of encoder and decoder and whether the model knows several languages.
_HEADS = {
    (4, 4, False): 3,
    (4, 4, True): 4,
    (6, 6, False): 5,
    (6, 6, True): 6,
    (12, 12, False): 7,
    (12, 12, True): 8,
    (24, 24, False): 9,
    (24, 24, True): 10,
    (32, 32, True): 12,
    (32, 4, True): 14,
}
_LARGE_V3_HEADS = 13

# Tokens, and how likely each is; those that a filter makes minus infinity are not written.
Logits = npt.NDArray[np.float32]
Filter = Callable[[list[int], Logits], None]


@dataclass(frozen=True, slots=True)
class Search:
    """How to search for the text of a sound."""

    frames: int
    """Length of the window that is encoded."""
    language: str
    most_tokens: int
    """Tokens that the text may have, at least 1."""
    prompt: tuple[int, ...] = ()
    """Tokens of the text before."""
    translate: bool = False
    beam: int = 1
    """Texts followed at once; 1 is greedy. With a `temperature` as many are sampled, and the likeliest is taken."""
    temperature: float = 0.0
    filter: Filter | None = None
    """Applied to the tokens that may come next."""


@dataclass(frozen=True, slots=True)
class Token:
    number: int
    text: bytes
    log_probability: float
    end_ms: int | None
    """When it has been said; None where the model's attention does not tell."""


@dataclass(frozen=True, slots=True)
class Found:
    """The tokens of a text, its end among them if it was written, and the model's probability that nobody speaks."""

    tokens: tuple[Token, ...]
    no_speech_probability: float


class GgmlModel:
    """`parallel` threads may use it at once, each search with so many `threads` of its own."""

    def __init__(self, path: str, *, threads: int, parallel: int) -> None:
        """Raises EngineError."""
        self._library: Library = library()
        self._call: Any = self._library.call
        self._threads = threads
        self._states: list[int] = []
        self._free: SimpleQueue[int] = SimpleQueue()
        self._context = 0
        head = head_of(Path(path))
        check_complete(Path(path))
        self._context = self._load(path, head)
        self.is_multilingual = bool(self._call.whisper_is_multilingual(self._context))
        self.end = int(self._call.whisper_token_eot(self._context))
        self._vocabulary = int(self._call.whisper_n_vocab(self._context))
        # whisper.cpp keeps the tokens of the text before in the first half of the model's text.
        self.most_tokens = int(self._call.whisper_n_text_ctx(self._context)) // 2 - 5
        languages = self._vocabulary - 51_766 if self.is_multilingual else 0
        self.languages: tuple[str, ...] = tuple(
            self._call.whisper_lang_str(number).decode() for number in range(languages)
        )
        for _ in range(parallel):
            self._states.append(self._state())
            self._free.put(self._states[-1])

    def tokens(self, text: str) -> list[int]:
        """The tokens of a text."""
        written = text.encode()
        room = (ctypes.c_int32 * (len(written) + 1))()
        count = self._call.whisper_tokenize(self._context, written, room, len(room))
        return list(room[: max(0, count)])

    def language_probabilities(self, audio: Audio, frames: int) -> dict[str, float]:
        """The probability of each language in a window of `frames`. Raises EngineError."""
        found = (ctypes.c_float * (int(self._call.whisper_lang_max_id()) + 1))()
        with self._borrowed() as state:
            # Only this tells whisper.cpp how long the window is; it stops before it encodes.
            params = self._params(Search(frames, self.languages[0], 1))
            stop = EncoderBegin(lambda context, state, user_data: False)
            params.encoder_begin_callback = stop
            self._run(state, params, audio)
            if (
                self._call.whisper_lang_auto_detect_with_state(self._context, state, 0, self._threads, found)
                < 0
            ):
                raise self._failure()
        return {language: float(found[number]) for number, language in enumerate(self.languages)}

    def search(self, audio: Audio, search: Search) -> Found:
        """Raises EngineError."""
        params = self._params(search)
        prompt = (ctypes.c_int32 * len(search.prompt))(*search.prompt)
        if search.prompt:
            params.prompt_tokens, params.prompt_n_tokens = prompt, len(prompt)
        kept = self._filtered(search.filter) if search.filter else LogitsFilter()
        params.logits_filter_callback = kept
        with self._borrowed() as state:
            self._run(state, params, audio)
            return self._found(state)

    def close(self) -> None:
        """Nobody may search any more."""
        while self._states:
            self._call.whisper_free_state(self._states.pop())
        if self._context:
            self._call.whisper_free(self._context)
            self._context = 0

    def __del__(self) -> None:
        if getattr(self, "_context", 0):
            self.close()

    def _load(self, path: str, head: Head) -> int:
        params = self._call.whisper_context_default_params()
        params.use_gpu = False
        # The times of words come from the attention, which whisper.cpp does not keep otherwise.
        params.flash_attn = False
        params.dtw_token_timestamps = True
        params.dtw_aheads_preset = _heads(head)
        params.dtw_n_top = max(1, head.decoder_layers // 2)
        self._library.complaint = ""
        context = self._call.whisper_init_from_file_with_params_no_state(path.encode(), params)
        if not context:
            why = self._library.complaint or "no reason given"
            raise EngineError(
                f"The model in {path} cannot be loaded ({why}). "
                "Check the file, or set WHISPER_MODEL to another model."
            )
        return int(context)

    def _state(self) -> int:
        state = self._call.whisper_init_state(self._context)
        if not state:
            raise EngineError("There is not enough memory for the speech model. Use a smaller one.")
        return int(state)

    @contextmanager
    def _borrowed(self) -> Iterator[int]:
        state = self._free.get()
        try:
            yield state
        finally:
            self._free.put(state)

    def _params(self, search: Search) -> FullParams:
        sampled = search.temperature > 0
        way = BEAM_SEARCH if search.beam > 1 and not sampled else GREEDY
        params: FullParams = self._call.whisper_full_default_params(way)
        params.n_threads = self._threads
        params.language = search.language.encode()
        params.translate = search.translate
        params.audio_ctx = search.frames // 2
        params.max_tokens = search.most_tokens - 1  # It ends after the token that is one more.
        params.beam_search.beam_size = search.beam
        params.greedy.best_of = search.beam if sampled else 1
        params.temperature = search.temperature
        # One sound is one text; what is unlikely is judged by those who asked.
        params.no_context = params.no_timestamps = params.single_segment = True
        params.temperature_inc, params.entropy_thold, params.no_speech_thold = 0.0, 0.0, 2.0
        # So that a text without words counts too, and says that it has none.
        params.print_special = True
        params.print_progress = params.print_realtime = False
        return params

    def _run(self, state: int, params: FullParams, audio: Audio) -> None:
        samples = np.ascontiguousarray(audio, np.float32)
        start = samples.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        if self._call.whisper_full_with_state(self._context, state, params, start, len(samples)):
            raise self._failure()

    def _filtered(self, each: Filter) -> Any:
        def callback(
            context: int, state: int, tokens: int, count: int, logits: Any, user_data: int | None
        ) -> None:
            read = self._call.whisper_full_get_token_data_from_state.restype * count
            written = [token.id for token in read.from_address(tokens)] if count else []
            each(written, np.ctypeslib.as_array(logits, (self._vocabulary,)))

        return LogitsFilter(callback)

    def _found(self, state: int) -> Found:
        segments = range(self._call.whisper_full_n_segments_from_state(state))
        data = [
            self._call.whisper_full_get_token_data_from_state(state, segment, number)
            for segment in segments
            for number in range(self._call.whisper_full_n_tokens_from_state(state, segment))
        ]
        tokens = tuple(
            Token(
                each.id,
                self._call.whisper_token_to_str(self._context, each.id) if each.id < self.end else b"",
                float(each.plog),
                int(each.t_dtw) * 10 if each.t_dtw >= 0 else None,
            )
            for each in data
        )
        return Found(tokens, self._no_speech_probability(state))

    def _no_speech_probability(self, state: int) -> float:
        """whisper.cpp looks for it behind all tokens that the text begins with; models are trained to tell it first."""
        first = (ctypes.c_int32 * 1)(self._call.whisper_token_sot(self._context))
        if self._call.whisper_decode_with_state(self._context, state, first, 1, 0, self._threads):
            raise self._failure()
        logits = np.ctypeslib.as_array(
            self._call.whisper_get_logits_from_state(state), (self._vocabulary,)
        ).astype(np.float64)
        likely = np.exp(logits - logits.max())
        return float(likely[self._call.whisper_token_nosp(self._context)] / likely.sum())

    def _failure(self) -> EngineError:
        why = self._library.complaint or "no reason given"
        return EngineError(f"whisper.cpp cannot decode ({why}).", retryable=True)


def _heads(head: Head) -> int:
    """Which heads' attention follows the words."""
    shape = head.encoder_layers, head.decoder_layers, head.is_multilingual
    if shape == (32, 32, True) and head.is_large_v3:
        return _LARGE_V3_HEADS
    return _HEADS.get(shape, TOP_MOST_HEADS)
