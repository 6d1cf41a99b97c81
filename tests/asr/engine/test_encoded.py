from types import SimpleNamespace

import ctranslate2
import numpy as np
import pytest

from captions.asr.engine.encoded import CudaPart, Encoded


def test_each_part_is_that_of_one_sound_and_no_copy() -> None:
    whole = np.arange(24, dtype=np.float32).reshape(3, 2, 4)
    encoded = Encoded(ctranslate2.StorageView.from_array(whole), 3, 20)
    part = encoded.only(1)
    assert (part.count, part.frames) == (1, 20)
    assert np.asarray(part.view).tolist() == whole[1:2].tolist()
    whole[1, 0, 0] = -1
    assert np.asarray(part.view)[0, 0, 0] == -1
    assert part.only(0) is part


def test_one_sound_can_be_had_several_times() -> None:
    whole = np.arange(8, dtype=np.float32).reshape(1, 2, 4)
    several = Encoded(ctranslate2.StorageView.from_array(whole), 1, 20).times(3)
    assert (several.count, several.frames) == (3, 20)
    assert np.asarray(several.view).tolist() == whole.tolist() * 3
    with pytest.raises(ValueError, match="cannot be copied"):
        Encoded(SimpleNamespace(device="cuda", __array__=None), 1, 20).times(2)


def test_on_a_cuda_device_it_is_a_view_of_the_memory_of_the_whole() -> None:
    about = {"shape": (3, 2, 4), "typestr": "<f2", "data": (4096, False), "version": 3, "strides": (16, 8, 2)}
    whole = SimpleNamespace(__cuda_array_interface__=about)
    assert CudaPart(whole, 2).__cuda_array_interface__ == {
        "shape": (1, 2, 4),
        "typestr": "<f2",
        "data": (4096 + 2 * 16, False),
        "version": 3,
        "strides": None,
    }


def test_what_cannot_be_taken_apart_says_so() -> None:
    with pytest.raises(ValueError, match="cannot be taken apart"):
        Encoded(SimpleNamespace(device="cuda"), 2, 20).only(0)
