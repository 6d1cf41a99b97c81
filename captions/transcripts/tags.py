"""Template tags and filters for transcripts: dates, lengths, counts, rows."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil

from django import template
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext, pgettext

from ..core.characters import shortened
from ..core.languages import language_name
from ..models import Session
from ..speech.speakers import Key, Speakers
from ..speech.types import TimeRange
from ..web.tags import clock
from . import rows
from .rows import Row, Said
from .speakers import speakers_of, usual_speakers
from .titles import called

register = template.Library()
# Django's own filter, language_name, knows only the languages that Django is translated into.
register.filter("spoken_language", language_name)
register.filter("called", called)
register.filter("shortened", shortened)


@register.filter
def unclear_places(text: str) -> SafeString:
    return mark_safe(rows.unclear_places(text))  # noqa: S308 - its parts are escaped


@register.simple_tag
def transcript_rows(shown: Iterable[Row], url: str = "", speakers: Speakers | None = None) -> SafeString:
    """Rows; editable if `url`, the address of their session, is given. `speakers` names who says each."""
    return rows.rows_html(shown, url, speakers)


@register.simple_tag
def not_recorded(outage: TimeRange) -> SafeString:
    """A line in the place where nothing was recorded."""
    start, end = clock(outage.start_ms), clock(outage.end_ms)
    sentence = gettext("Nothing was recorded from %(start)s to %(end)s.") % {"start": start, "end": end}
    return format_html('<p class="not-recorded">{}</p>', sentence)


@register.simple_tag
def row_template(url: str = "", speakers: Speakers | None = None) -> SafeString:
    """An empty row for scripts to clone. `data-names` has what the two sources are called, and `data-usual` usually."""
    empty = Said(seq=0, version=0, start_ms=0, end_ms=0, text="", language="")
    html = rows.rows_html([Row(empty)], url, speakers)
    usual = usual_speakers()
    return format_html(
        '<template id="row-template" data-names="{}" data-usual="{}">{}</template>',
        json.dumps([(speakers or usual).name(shared) for shared in (False, True)]),
        json.dumps(usual.sources),
        html,
    )


@register.filter
def speakers(session: Session | None) -> Speakers | None:
    """What those who speak in a session are called; None where nobody needs to be told apart."""
    return speakers_of(session) if session else None


@register.filter
def who(speakers: Speakers | None, said: Said) -> str:
    """Who of them says a sentence; empty where nobody needs to be told apart."""
    return speakers.name(said.shared, said.speaker) if speakers else ""


@register.simple_tag
def moved(speakers: Speakers | None, keys: tuple[Key, Key] | None) -> str:
    """Who said a sentence before a change, and since; empty if it has not changed that."""
    return " → ".join((speakers or usual_speakers()).name(*key) for key in keys) if keys else ""


@register.filter
def day(moment: datetime) -> str:
    """For example "Tue 18 Nov"; in another year "18 Nov 2023"."""
    local = timezone.localtime(moment)
    if local.year == timezone.localtime().year:
        return date_format(local, pgettext("date", "D j M"))
    return date_format(local, pgettext("date", "j M Y"))


@register.filter
def time_of_day(moment: datetime) -> str:
    """For example "14:05"."""
    # Translators: a time of day, as Django's templates write it.
    return date_format(timezone.localtime(moment), pgettext("time", "H:i"))


@register.filter
def full_moment(moment: datetime) -> str:
    """For example "Saturday 18 November 2023, 14:05"."""
    date = date_format(timezone.localtime(moment), pgettext("date", "l j F Y"))
    return f"{date}, {time_of_day(moment)}"


@register.filter
def length(session: Session) -> str:
    """The length of a session, rounded: "39 s", "4 min", "1 h 12 min"."""
    seconds = _seconds(session)
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


@register.filter
def exact_length(session: Session) -> str:
    """The length of a session to the second: "39 s", "4 min 6 s", "1 h 12 min 5 s"."""
    minutes, seconds = divmod(_seconds(session), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


@register.filter
def days_left(session: Session) -> int:
    """For how many more days, begun ones included, a session in the trash can be restored."""
    now = timezone.now()
    left = (session.trashed_at or now) + timedelta(days=settings.TRASH_KEEP_DAYS) - now
    return max(0, ceil(left / timedelta(days=1)))


@register.filter
def words(count: int) -> str:
    """For example "1,204 words"; like the next three filters, an item of a list, not part of a sentence."""
    return ngettext("%(count)s word", "%(count)s words", count) % {"count": intcomma(count)}


@register.filter
def sentences(count: int) -> str:
    return ngettext("%(count)s sentence", "%(count)s sentences", count) % {"count": intcomma(count)}


@register.filter
def places(count: int) -> str:
    return ngettext("%(count)s match", "%(count)s matches", count) % {"count": intcomma(count)}


@register.filter
def transcripts(count: int) -> str:
    return ngettext("%(count)s transcript", "%(count)s transcripts", count) % {"count": intcomma(count)}


@register.filter
def quoted(query: str) -> str:
    """A search query in quotation marks; one that has some of its own keeps them."""
    text = query[1:-1] if len(query) > 2 and query[0] == query[-1] == '"' else query
    return query if '"' in text else gettext("“%(text)s”") % {"text": text}


def _seconds(session: Session) -> int:
    return session.clock_now(timezone.now()) // 1000
