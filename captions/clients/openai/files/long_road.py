"""Much sound goes to the Celery workers for files, so that nobody who is speaking has to wait for it."""

from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.utils.translation import gettext as _

from ....core.interface_language import translated
from ....dialects.openai_file_fields import Asked
from ....live.feed.admission import of_account
from ....models import ApiToken
from ....protocol.feed_frames import Listen
from ....speech.passage import Passage
from ....tokens.admission import Refusal
from ....uploads.requests import pace, told
from ....uploads.requests.waiting import Waiting
from ....uploads.requests.wish import Wish
from .hearing import NEVER, RETRY_SECONDS

ANSWER_SECONDS = 600.0
"""For so long clients wait for an answer that is not streamed."""


class LongHearing:
    """A file that a Celery worker hears. See `Hearing`."""

    def __init__(self, events: AsyncIterator[told.Told], session: str) -> None:
        self.session = session
        self.seconds = 0.0
        self._events = events

    async def passages(self) -> AsyncIterator[Passage]:
        last: Passage | None = None
        since_ms = 0
        async for event in self._events:
            match event:
                case told.Heard(passage):
                    # After a crash the work begins again, and what was told comes once more.
                    if last is not None and passage.start_ms <= last.start_ms:
                        since_ms = last.end_ms
                    if passage.start_ms >= since_ms:
                        last = passage
                        yield passage
                case told.Over(duration_ms):
                    self.seconds = duration_ms / 1000
                case told.Failed(text, values, by_file):
                    sentence = translated(text, values)
                    if by_file:
                        raise Refusal(400, "invalid_value", sentence, param="file")
                    raise Refusal(503, "unavailable", sentence, retry_after=RETRY_SECONDS)


async def long_road(
    token: ApiToken, asked: Asked, listen: Listen, waiting: Waiting, seconds: float, name: str
) -> LongHearing:
    """Has the file heard, which has about so many seconds. Raises Refusal where its text would come too late."""
    if not asked.stream and await sync_to_async(pace.predicted_seconds)(seconds) > ANSWER_SECONDS:
        raise _too_long()
    user = await database_sync_to_async(lambda: token.user)()
    listen = of_account(user, listen)
    wish = Wish(listen.language, listen.vocabulary, asked.prompt, listen.endpointing, asked.translate)
    return LongHearing(waiting.hear(name, wish, seconds), str(waiting.pk) if token.keep_history else "")


def _too_long() -> Refusal:
    sentence = _(
        "Transcribing this file would take longer than %(minutes)s minutes. Send it with stream=true, or add it at "
        "%(path)s, where it is transcribed into the history."
    )
    values = {"minutes": round(ANSWER_SECONDS / 60), "path": f"{settings.BASE_PATH}/uploads/"}
    return Refusal(413, "file_too_long", sentence % values, param="file", headers=NEVER)
