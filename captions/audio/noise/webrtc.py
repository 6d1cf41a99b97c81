"""The noise suppression of WebRTC."""

from importlib.util import find_spec
from typing import Any

import numpy as np

from ...speech.ring import Samples


def is_installed() -> bool:
    return find_spec("webrtc_noise_gain") is not None


class WebrtcCleaner:
    """See Cleaner. `level` is from 1, the gentlest, to 4. Its library is loaded when it is made."""

    frame = 160
    delay = 96
    """Of its frames of 256 samples, what is not new."""

    def __init__(self, level: int) -> None:
        from webrtc_noise_gain import AudioProcessor

        no_gain = 0
        self._processor: Any = AudioProcessor(no_gain, level)

    def clean(self, sound: Samples) -> Samples:
        return np.frombuffer(self._processor.Process10ms(sound.tobytes()).audio, np.int16)
