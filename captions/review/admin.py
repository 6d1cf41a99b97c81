"""The review queue as a list in Django's administration; its rows lead to the screen of a review."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ..core.characters import shortened
from ..core.languages import language_name
from ..models import SPOKEN_LANGUAGE, AccessKind, Review, ReviewState, Session
from ..transcripts.export import DEFAULTS, FORMATS
from ..transcripts.reading import ReadersAdmin, in_english, log_reading, may_review, person, reviewers_only
from ..transcripts.tags import day, length
from ..transcripts.views.downloads import bundle_of
from ..web.fixed_admin import Fixed
from ..web.tags import in_language
from . import figures
from . import screen as review_screen
from .names import name_of, with_first_lines

_MOST_EXPORTED = 500


class DateFilter(admin.DateFieldListFilter):
    """Filters by the date of the dictation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = pgettext("by", "date")


class StateFilter(admin.SimpleListFilter):
    """Filters by state; without a choice, the list has what is still to do."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        states = [(value, str(label)) for value, label in ReviewState.choices]
        return [*states, ("mine", gettext("In review by me")), ("all", gettext("All"))]

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": gettext("To do"),
        }
        for value, label in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        if chosen in ReviewState.values:
            return queryset.filter(state=chosen)
        if chosen == "mine":
            return queryset.filter(state=ReviewState.TAKEN, reviewer=person(request))
        return queryset if chosen == "all" else queryset.pending()


class LanguageFilter(admin.SimpleListFilter):
    """Filters by the language that the user chose, or else the detected one."""

    title = _("language")
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        known = Session.objects.filter(review__isnull=False).order_by().annotate(spoken=SPOKEN_LANGUAGE)
        spoken = known.values_list("spoken", flat=True).distinct()
        return sorted(((each, language_name(each)) for each in spoken if each), key=lambda each: each[1])

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        if not chosen:
            return queryset
        heard = Q(session__language="", session__detected=chosen)
        return queryset.filter(Q(session__language=chosen) | heard)


class UnsureFilter(admin.SimpleListFilter):
    title = _("possible mistakes")
    parameter_name = "unsure"
    _RANGES = {
        "none": (pgettext_lazy("unsure places", "None"), {"unsure": 0}),
        "some": (_("1 to 9"), {"unsure__gte": 1, "unsure__lte": 9}),
        "many": (_("10 or more"), {"unsure__gte": 10}),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, (label, _) in self._RANGES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self._RANGES.get(self.value() or "")
        return queryset.filter(**chosen[1]) if chosen else queryset


def _export(reviews: "ReviewAdmin", request: HttpRequest, chosen: QuerySet[Review]) -> Any:
    """A ZIP file with the transcripts of the selected reviews; the export is logged first."""
    format = FORMATS[request.POST["action"].removeprefix("export_")]
    sessions = [review.session for review in chosen.order_by(*reviews.ordering)[: _MOST_EXPORTED + 1]]
    if len(sessions) > _MOST_EXPORTED:
        text = gettext("At most %(count)s transcripts can be exported at once.")
        messages.error(request, text % {"count": _MOST_EXPORTED})
        return None
    log_reading(
        request,
        AccessKind.EXPORT,
        sessions,
        dict.fromkeys((session.pk for session in sessions), in_english(format.label)),
    )
    return bundle_of(request, sessions, format.name, DEFAULTS)


@admin.register(Review)
class ReviewAdmin(Fixed, ReadersAdmin):
    """The review queue. A reviewer needs no other permission for it; rows cannot be added or deleted."""

    list_display = ("transcript", "speaker", "unsure_places", "corrected", "how_long", "spoken", "state_now")
    list_display_links = None
    list_select_related = ("session__user", "reviewer")
    list_filter = (
        StateFilter,
        UnsureFilter,
        ("session__created_at", DateFilter),
        LanguageFilter,
        ("session__user", admin.RelatedOnlyFieldListFilter),
    )
    list_per_page = 50
    ordering = ("-unsure", "-corrections", "session_id")
    show_full_result_count = False
    search_fields = ("session__title", "session__user__username", "session__user__email")
    search_help_text = _("Searches titles, names and email addresses.")
    change_list_template = "admin/captions/review/change_list.html"

    class Media:
        css = {"all": ["css/review-queue.css"]}

    def session_of(self, row: Review) -> Session:
        return row.session

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One action per format, which exports the selected transcripts."""
        return {
            f"export_{format.name}": (
                _export,
                f"export_{format.name}",
                gettext("Export as %(format)s") % {"format": format.label},
            )
            for format in FORMATS.values()
        }

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_review(request)

    def has_view_permission(self, request: HttpRequest, obj: Review | None = None) -> bool:
        return may_review(request)

    def has_delete_permission(self, request: HttpRequest, obj: Review | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        return with_first_lines(super().get_queryset(request))

    def get_urls(self) -> list[URLPattern]:
        def screen(route: str, view: Any, name: str) -> URLPattern:
            guarded: Any = self.admin_site.admin_view(reviewers_only(view))
            pattern: URLPattern = path(route, guarded, name=f"captions_review_{name}")
            return pattern

        return [
            screen("next/", review_screen.take_next, "next"),
            screen("figures/", figures.figures, "figures"),
            screen("<uuid:pk>/", review_screen.screen, "screen"),
            screen("<uuid:pk>/take/", review_screen.take, "take"),
            screen("<uuid:pk>/leave/", review_screen.let_go, "leave"),
            screen("<uuid:pk>/keep/", review_screen.keep, "keep"),
            screen("<uuid:pk>/correct/", review_screen.correct, "correct"),
            screen("<uuid:pk>/undo/<int:number>/", review_screen.undo, "undo"),
            screen("<uuid:pk>/decide/", review_screen.decide, "decide"),
            screen("<uuid:pk>/sound/", review_screen.sound, "sound"),
            screen("<uuid:pk>/outline/", review_screen.outline, "outline"),
            screen("<uuid:pk>/export.<str:name>", review_screen.export, "export"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(
            request, {"title": gettext("Transcripts for review"), **(extra_context or {})}
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:captions_review_screen", args=[object_id]))

    @admin.display(description=_("transcript"), ordering="session__title")
    def transcript(self, review: Review) -> str:
        url = reverse("admin:captions_review_screen", args=[review.pk])
        return format_html(
            '<a href="{}">{}</a>',
            url,
            in_language(shortened(name_of(review), 36), review.session.spoken_language),
        )

    @admin.display(description=_("speaker"), ordering="session__user__username")
    def speaker(self, review: Review) -> str:
        return str(review.session.user)

    @admin.display(description=_("possible mistakes"), ordering="unsure")
    def unsure_places(self, review: Review) -> int:
        return review.unsure

    @admin.display(description=_("corrected"), ordering="corrections")
    def corrected(self, review: Review) -> int:
        return review.corrections

    @admin.display(description=_("length"), ordering="session__clock_ms")
    def how_long(self, review: Review) -> str:
        return length(review.session)

    @admin.display(description=_("recorded"), ordering="session__created_at")
    def spoken(self, review: Review) -> str:
        return day(review.session.created_at)

    @admin.display(description=_("state"), ordering="state")
    def state_now(self, review: Review) -> str:
        if review.holder_id(timezone.now()):
            return gettext("In review by %(name)s") % {"name": review.reviewer}
        if review.state == ReviewState.TAKEN:
            return str(ReviewState.WAITING.label)
        if review.reviewer and review.state in (ReviewState.APPROVED, ReviewState.NEEDS_WORK):
            return f"{review.get_state_display()} ({review.reviewer})"
        return review.get_state_display()
