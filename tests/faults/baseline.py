"""What the model recognises when nothing is in the way: the yardstick of every row."""

import json
import os

from captions.benchmarks.livetest.wer import normalise
from tests.faults.faults import Fault
from tests.faults.product import CACHE
from tests.faults.roads import Stage
from tests.faults.scene import Scene
from tests.faults.score import heard
from tests.faults.speech import Speech


def known_words(stage: Stage, speech: Speech) -> set[int]:
    """The places of the words of one round that an undisturbed dictation recognised; measured once for a model."""
    path = CACHE / "undisturbed.json"
    key = [os.environ.get("WHISPER_MODEL", ""), speech.name, len(speech.words)]
    try:
        kept = json.loads(path.read_text())
        if kept["of"] == key:
            return set(kept["known"])
    except (OSError, ValueError, KeyError):
        pass
    print("An undisturbed dictation comes first.", flush=True)
    with stage.scene(Fault("undisturbed", "", lambda scene: None)) as scene:
        text = _dictated(scene, speech)
    known = heard([word.text for word in speech.words], text)
    misheard = len(speech.words) - len(known)
    print(
        f"  {len(normalise(text))} words for {len(speech.words)}; {misheard} were not recognised.", flush=True
    )
    assert misheard < len(speech.words) / 10, text
    path.write_text(json.dumps({"of": key, "known": sorted(known), "text": text}))
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
