"""How far the sound of a session reaches."""

from ..audio.ogg import end_of
from ..models import Recording, Session
from .parts import TICKS_A_MS, parts_folder


def sound_until(session: Session) -> int:
    """The end of all sound of a session, in milliseconds on its clock, rounded up; 0 if there is none.

    It lies in the recording and in parts that are not joined yet.
    """
    recording = Recording.objects.kept().filter(session=session).only("duration_ms").first()
    ends = [part.start + end_of(part.path) for part in parts_folder().parts(str(session.pk))]
    return max([recording.duration_ms if recording else 0, *(-(-end // TICKS_A_MS) for end in ends)])
