from captions.asr.process.config import RecogniserState
from captions.speech.capacity import Cost


def test_places_follow_from_what_decodes_cost() -> None:
    assert RecogniserState("ready").places == 1
    quick = (Cost(4, 0.05), Cost(10, 0.1))
    slow = tuple(Cost(cost.audio_seconds, 2 * cost.seconds) for cost in quick)
    assert RecogniserState("ready", costs=quick).places > RecogniserState("ready", costs=slow).places > 1
