"""What the model recognises when nothing is in the way: the yardstick of every row."""

import json
import os

from tests.faults.faults import Fault
from tests.faults.product import CACHE
from tests.faults.roads import Stage
from tests.faults.scene import Scene
from tests.faults.score import heard
from tests.faults.speech import Speech

# What a model hears of a word depends on where the words around it were cut: one that it misses at times says nothing.
_TIMES = 3


def known_words(stage: Stage, speech: Speech) -> set[int]:
    """The places of the words of one round that every undisturbed dictation recognised; measured once for a model."""
    path = CACHE / "undisturbed.json"
    key = [os.environ.get("WHISPER_MODEL", ""), speech.name, len(speech.words), _TIMES]
    try:
        kept = json.loads(path.read_text())
        if kept["of"] == key:
            return set(kept["known"])
    except (OSError, ValueError, KeyError):
        pass
    print(f"{_TIMES} undisturbed dictations come first.", flush=True)
    known = set(range(len(speech.words)))
    texts = []
    for _ in range(_TIMES):
        with stage.scene(Fault("undisturbed", "", lambda scene: None)) as scene:
            texts.append(_dictated(scene, speech))
        found = heard([word.text for word in speech.words], texts[-1])
        print(f"  {len(found)} of {len(speech.words)} words were recognised.", flush=True)
        assert len(found) > 0.9 * len(speech.words), texts[-1]
        known &= found
    path.write_text(json.dumps({"of": key, "known": sorted(known), "texts": texts}))
    return known


def _dictated(scene: Scene, speech: Speech) -> str:
    listener = scene.listener
    listener.begin()
    session = listener.session
    listener.end_speech(speech.pauses[-1])
    listener.wait(3)
    listener.press("Stop")
    listener.expect_state("saved")
    return " ".join(text for *_, text in scene.product.transcript(session))
