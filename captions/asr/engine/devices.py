"""Chooses the device that a model runs on, and its compute type."""

import ctranslate2

from .base import EngineError
from .cores import cores as cores


def default_device(device: str) -> str:
    """`device` itself; for "auto" cuda if this machine has one, otherwise cpu."""
    if device != "auto":
        return device
    return "cuda" if ctranslate2.get_cuda_device_count() else "cpu"


def default_compute_type(device: str) -> str:
    return "float16" if device == "cuda" else "int8"


def check(device: str, compute_type: str) -> None:
    """Raises EngineError if this machine does not have the device, or that does not support the compute type."""
    if device == "cuda" and not ctranslate2.get_cuda_device_count():
        raise EngineError("No CUDA device can be used here. Set WHISPER_DEVICE=cpu, or auto.")
    known = ctranslate2.get_supported_compute_types(device)
    if compute_type not in {"default", "auto", *known}:
        raise EngineError(
            f"WHISPER_COMPUTE_TYPE is {compute_type!r}, but {device} can do "
            f"{', '.join(sorted(known))} here. Leave it empty for the default."
        )
