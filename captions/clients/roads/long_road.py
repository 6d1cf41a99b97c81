"""Much sound goes to the Celery workers for files, so that nobody who is speaking has to wait for it."""

from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.utils.translation import gettext as _

from ...core.interface_language import translated
from ...live.feed.admission import of_account
from ...models import ApiToken
from ...speech.passage import Passage
from ...tokens.admission import Refusal
from ...uploads.requests import pace, told
from ...uploads.requests.waiting import Waiting
from ...uploads.requests.wish import Wish
from .hearing import RETRY_SECONDS, Wanted
from .probe import not_decodable

ANSWER_SECONDS = 600.0
"""For so long clients wait for an answer that is not streamed."""


class LongHearing:
    """A file that a Celery worker hears. See `Hearing`."""

    def __init__(self, file: Waiting, events: AsyncIterator[told.Told], called: str) -> None:
        self.id, self.kept = file.pk, file.kept
        self.seconds = 0.0
        self._events = events
        self._called = called

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
                    sentence = translated(text, values and {**values, "name": self._called})
                    if by_file:
                        raise not_decodable(sentence)
                    raise Refusal(503, "unavailable", sentence, retry_after=RETRY_SECONDS)


async def long_road(token: ApiToken, wanted: Wanted, file: Waiting, seconds: float) -> LongHearing:
    """Has the file heard, which has about so many seconds. Raises Refusal where its text would come too late."""
    if not wanted.as_it_comes and await sync_to_async(pace.predicted_seconds)(seconds) > ANSWER_SECONDS:
        raise _too_long(wanted)
    user = await database_sync_to_async(lambda: token.user)()
    listen = of_account(user, wanted.listen)
    wish = Wish(
        listen.language,
        listen.vocabulary,
        wanted.listen.prompt,
        listen.endpointing,
        wanted.translate,
        listen.hops,
        wanted.tell_speakers,
    )
    return LongHearing(file, file.hear(wanted.name, wish, seconds), wanted.called)


def _too_long(wanted: Wanted) -> Refusal:
    sentence = _(
        "Transcribing this file would take longer than %(minutes)s minutes. Add it at %(path)s, where it is "
        "transcribed into the history."
    )
    values = {"minutes": round(ANSWER_SECONDS / 60), "path": f"{settings.BASE_PATH}/uploads/"}
    return Refusal(413, "file_too_long", f"{sentence % values} {wanted.otherwise}".strip(), param="file")
