"""Compares the recording of a session with the times of its words."""

import io
from itertools import pairwise

import numpy as np
from playwright.sync_api import Page

from tests.e2e.product import Product
from tests.recordings.support import played

LOUD = 0.05
# Word times from attention are accurate to a few tenths of a second: the middle of a shorter gap may lie in a word.
SURE_GAP_MS = 600


def assert_heard_where_written(product: Product, page: Page, session: str) -> None:
    """Asserts that words and recording share one clock: sentences are loud, longer pauses between them quiet."""
    product.manage("shell", "--command", "from captions.recordings.tasks import finish_sound; finish_sound()")
    heard = np.abs(played(io.BytesIO(page.request.get(f"/sessions/{session}/sound/").body())))
    saved = product.finals(session)
    for _, start, end, text in saved:
        assert _is_scrap(text) or heard[start * 16 : end * 16].max() > LOUD, text
    pauses = [
        (end, start)
        for (*_, end, before), (_, start, _, after) in pairwise(saved)
        if start - end >= SURE_GAP_MS and not _is_scrap(before) and not _is_scrap(after)
    ]
    loud = [pause for pause in pauses if heard[sum(pause) * 8 - 400 : sum(pause) * 8 + 400].max() > LOUD]
    # In one there may be words that the model has not heard.
    assert len(loud) <= max(1, len(pauses) // 4), loud


def _is_scrap(text: str) -> bool:
    """Whether the text may be the misheard rest of a word in which a connection began; its times are unreliable."""
    return len(text.split()) < 3
