"""What was kept of a session's sound, beside what was saved of its words."""

import io
from itertools import pairwise

import numpy as np
from playwright.sync_api import Page

from tests.e2e.product import Product
from tests.recordings.support import played

LOUD = 0.05
# Attention tells where a word is to a few tenths of a second: the middle of a shorter gap may lie in one.
SURE_GAP_MS = 600


def assert_heard_where_written(product: Product, page: Page, session: str) -> None:
    """Words and sound are on one clock: every sentence is loud, and every longer pause between two is quiet."""
    product.manage("shell", "--command", "from captions.recordings.tasks import finish_sound; finish_sound()")
    heard = np.abs(played(io.BytesIO(page.request.get(f"/sessions/{session}/sound/").body())))
    saved = product.finals(session)
    for _, start, end, text in saved:
        assert _is_scrap(text) or heard[start * 16 : end * 16].max() > LOUD, text
    for (*_, end, before), (_, start, _, after) in pairwise(saved):
        if start - end < SURE_GAP_MS or _is_scrap(before) or _is_scrap(after):
            continue
        middle = (start + end) * 8
        assert heard[middle - 400 : middle + 400].max() < LOUD, f"after {before}"


def _is_scrap(text: str) -> bool:
    """A connection that begins within a word hears the rest of it as anything, and may be unsure where."""
    return len(text.split()) < 3
