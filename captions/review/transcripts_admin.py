"""Sessions and utterances in the administration, for reviewers: to search and read, not to edit."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from ..core.characters import shortened
from ..core.languages import language_name
from ..models import AccessKind, Session, User, Utterance
from ..transcripts import admin_search
from ..transcripts.reading import ReadersAdmin
from ..transcripts.speakers import usual_speakers
from ..transcripts.tags import day, exact_length
from ..web.admin_deletion import Deletion, deletion
from ..web.fixed_admin import Fixed
from ..web.tags import clock, in_language
from .finding import BoundedPaginator, PersonFilter, SessionLanguageFilter, SpokenFilter, only

_STATES = {
    "new": pgettext_lazy("state", "new"),
    "live": pgettext_lazy("state", "live"),
    "paused": pgettext_lazy("state", "paused"),
    "ended": pgettext_lazy("state", "ended"),
}


def _nameless(session: Session) -> Any:
    """The session without its title, for Django's log: log entries outlive the session, the user's words must not."""
    return Session(pk=session.pk, title=f"Session {session.pk}")


class ConfidenceFilter(admin.SimpleListFilter):
    title = _("confidence")
    parameter_name = "confidence"
    _RANGES = {
        "0-50": (_("Below 50 %"), Q(confidence__lt=0.5)),
        "50-70": (_("50 to 70 %"), Q(confidence__gte=0.5, confidence__lt=0.7)),
        "70-90": (_("70 to 90 %"), Q(confidence__gte=0.7, confidence__lt=0.9)),
        "90-100": (_("From 90 %"), Q(confidence__gte=0.9)),
        "none": (_("Not known"), Q(confidence=None)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, (label, _) in self._RANGES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self._RANGES.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


@admin.register(Session)
class SessionAdmin(ReadersAdmin):
    # Only its owner finds the page of a transcript.
    view_on_site = False
    list_display = ("short_title", "user", "created_at", "length", "words", "spoken", "state")
    list_select_related = ("user",)
    list_filter = ("created_at", ("user", admin.RelatedOnlyFieldListFilter), SessionLanguageFilter)
    date_hierarchy = "created_at"
    show_full_result_count = False
    search_fields = ("title",)
    search_help_text = _("Searches titles, names, email addresses and the text of transcripts.")
    fields = (
        "title",
        "user",
        "spoken",
        "state",
        "created_at",
        "ended_at",
        "length",
        "words",
        "utterance_list",
    )
    readonly_fields = fields[1:]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Session], search_term: str
    ) -> tuple[QuerySet[Session], bool]:
        return only(request, queryset, lambda: admin_search.sessions(search_term, queryset)), False

    def get_deleted_objects(
        self, objs: QuerySet[Session] | Sequence[Session], request: HttpRequest
    ) -> Deletion:
        return deletion(request, [], Session.objects.filter(pk__in=[session.pk for session in objs]))

    def log_change(self, request: HttpRequest, obj: Session, message: Any) -> LogEntry:
        return super().log_change(request, _nameless(obj), message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Session]) -> list[LogEntry]:
        sessions: Any = [_nameless(session) for session in queryset]
        return super().log_deletions(request, sessions)

    def delete_model(self, request: HttpRequest, obj: Session) -> None:
        obj.erase()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        for session in queryset:
            session.erase()

    @admin.display(description=_("title"), ordering="title")
    def short_title(self, session: Session) -> str:
        return in_language(shortened(str(session), 60), session.title and session.spoken_language)

    @admin.display(description=_("length"), ordering="clock_ms")
    def length(self, session: Session) -> str:
        return exact_length(session)

    @admin.display(description=_("words"), ordering="word_count")
    def words(self, session: Session) -> int:
        return session.word_count

    @admin.display(description=_("sentences"))
    def utterance_list(self, session: Session) -> str:
        url = reverse("admin:captions_utterance_changelist")
        text = ngettext("%(count)s sentence", "%(count)s sentences", session.last_seq)
        shown = text % {"count": intcomma(session.last_seq)}
        return format_html('<a href="{}?session__id__exact={}">{}</a>', url, session.pk, shown)

    @admin.display(description=_("language"), ordering="language")
    def spoken(self, session: Session) -> str:
        return language_name(session.language or session.detected)

    @admin.display(description=_("state"))
    def state(self, session: Session) -> str:
        return str(_STATES[session.state])


@admin.register(Utterance)
class UtteranceAdmin(Fixed, ReadersAdmin):
    what = AccessKind.SENTENCES
    list_display = ("excerpt", "short_session", "user", "source", "day", "at", "confidence_percent", "spoken")
    list_select_related = ("session__user",)
    list_filter = (
        "created_at",
        ConfidenceFilter,
        SpokenFilter,
        PersonFilter,
    )
    ordering = ("-pk",)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    search_fields = ("text",)
    search_help_text = _(
        'Searches for words in all their forms: two dogs, "two dogs", dogs OR cats, dogs -cats.'
    )
    fields = (
        "session",
        "user",
        "source",
        "seq",
        "at",
        "until",
        "text",
        "confidence_percent",
        "spoken",
        "created_at",
    )

    def has_delete_permission(self, request: HttpRequest, obj: Utterance | None = None) -> bool:
        # The `seq` numbers of a session have no gaps, so only whole sessions can be deleted.
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Utterance]:
        return super().get_queryset(request).filter(session__trashed_at=None).defer("search", "words")

    def session_of(self, row: Utterance) -> Session:
        return row.session

    def details_of(self, rows: Iterable[Utterance]) -> dict[UUID, str]:
        numbers: dict[UUID, list[str]] = defaultdict(list)
        for row in rows:
            numbers[row.session_id].append(str(row.seq))
        return {pk: shortened(f"Sentences {', '.join(seqs)}", 200) for pk, seqs in numbers.items()}

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        ours = ("session__id__exact", PersonFilter.parameter_name)
        return lookup in ours or super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Utterance], search_term: str
    ) -> tuple[QuerySet[Utterance], bool]:
        owner = PersonFilter.chosen(request)
        return only(request, queryset, lambda: admin_search.utterances(search_term, owner)), False

    @admin.display(description=_("text"))
    def excerpt(self, utterance: Utterance) -> str:
        return in_language(shortened(utterance.text, 90), utterance.language)

    @admin.display(description=_("transcript"), ordering="session__title")
    def short_session(self, utterance: Utterance) -> str:
        session = utterance.session
        return in_language(shortened(str(session), 24), session.title and session.spoken_language)

    @admin.display(description=_("day"), ordering="created_at")
    def day(self, utterance: Utterance) -> str:
        return day(utterance.created_at)

    @admin.display(description=_("user"), ordering="session__user")
    def user(self, utterance: Utterance) -> User:
        return utterance.session.user

    @admin.display(description=_("source"))
    def source(self, utterance: Utterance) -> str | None:
        # What is shared need not be words of the user.
        if not utterance.session.tells_speakers:
            return None
        return usual_speakers().name(utterance.shared, utterance.speaker)

    @admin.display(description=pgettext_lazy("time", "at"), ordering="start_ms")
    def at(self, utterance: Utterance) -> str:
        return clock(utterance.start_ms)

    @admin.display(description=pgettext_lazy("time", "until"), ordering="end_ms")
    def until(self, utterance: Utterance) -> str:
        return clock(utterance.end_ms)

    @admin.display(description=_("language"), ordering="language")
    def spoken(self, utterance: Utterance) -> str:
        return language_name(utterance.language)

    @admin.display(description=_("confidence"), ordering="confidence")
    def confidence_percent(self, utterance: Utterance) -> str | None:
        return None if utterance.confidence is None else f"{utterance.confidence:.0%}"
