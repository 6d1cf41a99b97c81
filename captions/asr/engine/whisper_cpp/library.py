"""The C interface of whisper.cpp, as the package pywhispercpp brings it.

The package's own Python interface lets neither several threads share the weights of one model, nor a search be told
how to begin, so that functions of its library are called here. Their structures are those of whisper.h of
exactly one version, which is checked.
"""

import ctypes
import os
from ctypes import POINTER, c_bool, c_char_p, c_float, c_int, c_int32, c_int64, c_size_t, c_void_p
from functools import cache
from typing import Any

from ..base import EngineError

WHISPER_CPP = "1.8.5"
PACKAGE = "pywhispercpp==1.5.1"
MOST_DECODERS = 8
"""Texts that a search may follow at once."""

GREEDY, BEAM_SEARCH = 0, 1
# whisper_alignment_heads_preset: the heads of the last layers, or those of a model that OpenAI trained.
TOP_MOST_HEADS = 1

LogitsFilter = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_float), c_void_p)
EncoderBegin = ctypes.CFUNCTYPE(c_bool, c_void_p, c_void_p, c_void_p)
_Log = ctypes.CFUNCTYPE(None, c_int, c_char_p, c_void_p)
_ERROR = 4


class TokenData(ctypes.Structure):
    _fields_ = [
        ("id", c_int32),
        ("tid", c_int32),
        ("p", c_float),
        ("plog", c_float),
        ("pt", c_float),
        ("ptsum", c_float),
        ("t0", c_int64),
        ("t1", c_int64),
        ("t_dtw", c_int64),
        ("vlen", c_float),
    ]


class _Heads(ctypes.Structure):
    _fields_ = [("n_heads", c_size_t), ("heads", c_void_p)]


class ContextParams(ctypes.Structure):
    _fields_ = [
        ("use_gpu", c_bool),
        ("flash_attn", c_bool),
        ("gpu_device", c_int),
        ("dtw_token_timestamps", c_bool),
        ("dtw_aheads_preset", c_int),
        ("dtw_n_top", c_int),
        ("dtw_aheads", _Heads),
        ("dtw_mem_size", c_size_t),
    ]


class _Greedy(ctypes.Structure):
    _fields_ = [("best_of", c_int)]


class _BeamSearch(ctypes.Structure):
    _fields_ = [("beam_size", c_int), ("patience", c_float)]


class _VadParams(ctypes.Structure):
    _fields_ = [
        ("threshold", c_float),
        ("min_speech_duration_ms", c_int),
        ("min_silence_duration_ms", c_int),
        ("max_speech_duration_s", c_float),
        ("speech_pad_ms", c_int),
        ("samples_overlap", c_float),
    ]


class FullParams(ctypes.Structure):
    _fields_ = [
        ("strategy", c_int),
        ("n_threads", c_int),
        ("n_max_text_ctx", c_int),
        ("offset_ms", c_int),
        ("duration_ms", c_int),
        ("translate", c_bool),
        ("no_context", c_bool),
        ("no_timestamps", c_bool),
        ("single_segment", c_bool),
        ("print_special", c_bool),
        ("print_progress", c_bool),
        ("print_realtime", c_bool),
        ("print_timestamps", c_bool),
        ("token_timestamps", c_bool),
        ("thold_pt", c_float),
        ("thold_ptsum", c_float),
        ("max_len", c_int),
        ("split_on_word", c_bool),
        ("max_tokens", c_int),
        ("debug_mode", c_bool),
        ("audio_ctx", c_int),
        ("tdrz_enable", c_bool),
        ("suppress_regex", c_char_p),
        ("initial_prompt", c_char_p),
        ("carry_initial_prompt", c_bool),
        ("prompt_tokens", POINTER(c_int32)),
        ("prompt_n_tokens", c_int),
        ("language", c_char_p),
        ("detect_language", c_bool),
        ("suppress_blank", c_bool),
        ("suppress_nst", c_bool),
        ("temperature", c_float),
        ("max_initial_ts", c_float),
        ("length_penalty", c_float),
        ("temperature_inc", c_float),
        ("entropy_thold", c_float),
        ("logprob_thold", c_float),
        ("no_speech_thold", c_float),
        ("greedy", _Greedy),
        ("beam_search", _BeamSearch),
        ("new_segment_callback", c_void_p),
        ("new_segment_callback_user_data", c_void_p),
        ("progress_callback", c_void_p),
        ("progress_callback_user_data", c_void_p),
        ("encoder_begin_callback", EncoderBegin),
        ("encoder_begin_callback_user_data", c_void_p),
        ("abort_callback", c_void_p),
        ("abort_callback_user_data", c_void_p),
        ("logits_filter_callback", LogitsFilter),
        ("logits_filter_callback_user_data", c_void_p),
        ("grammar_rules", c_void_p),
        ("n_grammar_rules", c_size_t),
        ("i_start_rule", c_size_t),
        ("grammar_penalty", c_float),
        ("vad", c_bool),
        ("vad_model_path", c_char_p),
        ("vad_params", _VadParams),
    ]


_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "whisper_context_default_params": (ContextParams, []),
    "whisper_full_default_params": (FullParams, [c_int]),
    "whisper_init_from_file_with_params_no_state": (c_void_p, [c_char_p, ContextParams]),
    "whisper_init_state": (c_void_p, [c_void_p]),
    "whisper_free": (None, [c_void_p]),
    "whisper_free_state": (None, [c_void_p]),
    "whisper_is_multilingual": (c_int, [c_void_p]),
    "whisper_n_vocab": (c_int, [c_void_p]),
    "whisper_model_n_text_layer": (c_int, [c_void_p]),
    "whisper_model_n_audio_layer": (c_int, [c_void_p]),
    "whisper_n_text_ctx": (c_int, [c_void_p]),
    "whisper_token_eot": (c_int32, [c_void_p]),
    "whisper_token_sot": (c_int32, [c_void_p]),
    "whisper_token_nosp": (c_int32, [c_void_p]),
    "whisper_token_to_str": (c_char_p, [c_void_p, c_int32]),
    "whisper_tokenize": (c_int, [c_void_p, c_char_p, POINTER(c_int32), c_int]),
    "whisper_lang_max_id": (c_int, []),
    "whisper_lang_str": (c_char_p, [c_int]),
    "whisper_lang_auto_detect_with_state": (c_int, [c_void_p, c_void_p, c_int, c_int, POINTER(c_float)]),
    "whisper_full_with_state": (c_int, [c_void_p, c_void_p, FullParams, POINTER(c_float), c_int]),
    "whisper_full_n_segments_from_state": (c_int, [c_void_p]),
    "whisper_full_n_tokens_from_state": (c_int, [c_void_p, c_int]),
    "whisper_full_get_token_data_from_state": (TokenData, [c_void_p, c_int, c_int]),
    "whisper_decode_with_state": (c_int, [c_void_p, c_void_p, POINTER(c_int32), c_int, c_int, c_int]),
    "whisper_get_logits_from_state": (POINTER(c_float), [c_void_p]),
    "whisper_log_set": (None, [_Log, c_void_p]),
}


class Library:
    """The functions by their names in whisper.h, and what they last said went wrong."""

    def __init__(self, found: ctypes.CDLL) -> None:
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(found, name)
            function.restype, function.argtypes = result, arguments
        self.call: Any = found
        self.complaint = ""
        self._log = _Log(self._heard)  # The library calls it as long as the process lives.
        found.whisper_log_set(self._log, None)

    def _heard(self, level: int, text: bytes | None, user_data: int | None) -> None:
        if level == _ERROR and text and text.strip():
            self.complaint = text.decode(errors="replace").strip()


@cache
def library() -> Library:
    """Raises EngineError where the package is missing, or brings another version."""
    # Its threads wait for each other busily otherwise, which takes three times the processor where it has more to do.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import _pywhispercpp
    except ImportError as error:
        raise EngineError(
            f"ENGINE=whisper-cpp needs the package pywhispercpp ({error}). "
            f"Install it with: pip install {PACKAGE}, or set ENGINE=local."
        ) from error
    # A module finds the functions of the libraries that it is linked with, whatever their files are called.
    found = ctypes.CDLL(_pywhispercpp.__file__)
    try:
        found.whisper_version.restype = c_char_p
        version = found.whisper_version().decode()
    except AttributeError:
        version = "an unknown version"
    if version != WHISPER_CPP:
        raise EngineError(
            f"ENGINE=whisper-cpp needs whisper.cpp {WHISPER_CPP}, and pywhispercpp brings {version}. "
            f"Install it with: pip install {PACKAGE}"
        )
    return Library(found)
