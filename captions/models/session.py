import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, Self, cast

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models, transaction
from django.db.models.functions import Coalesce, NullIf
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ..commands.tables import expected
from ..core.vocabulary import joined
from ..protocol.endpointing import Endpointing
from ..protocol.messages import MOST_OUTAGES
from ..speech.cleaning import CleaningKind
from ..speech.gaps import merged, missing, outside
from ..speech.origin import Origin
from ..speech.types import TimeRange
from .listening import ListeningModel
from .tag import Tag
from .vectors import OwnWords

SessionState = Literal["new", "live", "paused", "ended"]

_MS = timedelta(milliseconds=1)
# A shorter piece of an outage, beside what was delivered of it, is one of two clocks.
_LEAST_LEFT_MS = 1_000
# A worker that died may have left words on its disk, which another one saves when it starts.
_MAY_HAVE_WORDS = timedelta(days=1)
_MOST_DISCARDED = 500
# A worker that could not report may be alive, so the gap of an abandoned session is not recovered before this.
_PATIENCE = timedelta(minutes=1)
# Sound that a page has recorded is delivered before that, if it can be at all.
_TAPE_PATIENCE = timedelta(seconds=30)
# As a database expression: the language that was chosen, else the one that was detected first; may be empty.
SPOKEN_LANGUAGE = Coalesce(NullIf("language", models.Value("")), "detected")


class SessionSource(models.TextChoices):
    """Where the sound of a session came from."""

    LIVE = "live", pgettext_lazy("source", "Live")
    FILE = "file", pgettext_lazy("source", "File")


class Devices(models.TextChoices):
    """What is heard where a second device has joined a session; the values are those of `speech.mixing`."""

    SWITCH = "switch"
    SEPARATE = "separate"
    MIX = "mix"


class SessionDated(models.TextChoices):
    """What the date of a session is from, if its sound is a file's."""

    RECORDED = "recorded", pgettext_lazy("date", "Recorded")
    FILE = "file", pgettext_lazy("date", "File from")
    ADDED = "added", pgettext_lazy("date", "Added")


class SessionQuerySet(models.QuerySet["Session"]):
    """Queries and bulk operations on sessions."""

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")

    def note_origin(self, origin: Origin) -> None:
        """Adds what has written more of their text."""
        if origin.sent_ms:
            self.update(sent_ms=models.F("sent_ms") + origin.sent_ms)
        for writer in origin.writers:
            self.exclude(written_by__contains=[writer]).update(
                written_by=models.Func(
                    models.F("written_by"),
                    models.Value([writer], models.JSONField()),
                    arg_joiner=" || ",
                    template="%(expressions)s",
                )
            )

    def with_opening(self) -> Self:
        """Adds `opening`: the texts of the earliest utterances, at most three, as a list."""
        utterances = (
            apps.get_model("captions", "Utterance").objects.with_words().filter(session=models.OuterRef("pk"))
        )
        first = utterances.order_by("start_ms", "seq").values("text")[:3]
        return self.annotate(opening=ArraySubquery(first))

    def open(self) -> Self:
        return self.filter(ended_at=None)

    def worded(self) -> Self:
        """All but the wordless ones."""
        return self.exclude(_wordless())

    def discard_wordless(self, pk: uuid.UUID) -> bool:
        """Deletes the session with its sound, if it is a dictation in which nothing was said; whether it was."""
        with transaction.atomic():
            row = self.filter(_wordless(), pk=pk).select_for_update(of=("self",)).first()
            if row is not None:
                row.delete()
        return row is not None

    def discard_old_wordless(self, now: datetime, *, but: Iterable[uuid.UUID]) -> int:
        """Deletes some of the wordless dictations that ended without a worker which knew that nothing was said.

        `but` are those whose sound has yet to become a recording.
        """
        old = self.filter(ended_at__lt=now - _MAY_HAVE_WORDS).exclude(pk__in=but)
        wordless = old.filter(_wordless()).values_list("pk", flat=True)[:_MOST_DISCARDED]
        return sum(old.discard_wordless(pk) for pk in list(wordless))

    def trashed(self) -> Self:
        """Sessions in the trash; only `Session.all_objects` has them."""
        return self.filter(trashed_at__isnull=False)

    def abandoned(self, now: datetime) -> Self:
        """Open sessions that were last active so long ago that they can no longer be resumed."""
        patience = max(settings.RESUME_SECONDS, settings.MEDIA_END_SECONDS)
        return self.open().filter(active_at__lt=now - timedelta(seconds=patience))

    def without_token(self, now: datetime) -> Self:
        """Open sessions whose sound is sent with a token that may not be used any longer."""
        usable = apps.get_model("captions", "ApiToken").objects.usable(now)
        return self.open().exclude(token=None).exclude(token__in=usable)

    def close_abandoned(self, now: datetime) -> int:
        """Ends abandoned sessions at the time of their last activity; returns how many there were.

        Wordless ones that never got as far as an offer are deleted instead.
        """
        closed = 0
        for session in self.abandoned(now).iterator():
            with transaction.atomic():
                # A session that became active again since it was read is left open.
                same = self.open().filter(pk=session.pk, active_at=session.active_at)
                if row := same.select_for_update().first():
                    if row.gen == 0 and not row.clock_ms and self.discard_wordless(row.pk):
                        continue
                    row.miss_until(row.latest_clock(now), due_at=now + _PATIENCE)
                    row.end(row.active_at)
                    closed += 1
        return closed

    @transaction.atomic
    def take_over(self, pk: uuid.UUID, now: datetime, *, is_taped: bool = False) -> "Session":
        """The session, for a worker that takes it over; notes the gap of the last worker. Raises DoesNotExist.

        Where a page has recorded it all (`is_taped`), the gap waits a little for that: what the last worker recorded
        breaks off within a word.
        """
        session = self.select_for_update(of=("self",)).select_related("user").get(pk=pk)
        if session.ended_at is None:
            patience = _TAPE_PATIENCE if is_taped else timedelta(0)
            session.miss_until(session.clock_now(now), due_at=now + patience)
        return session


def _wordless() -> models.Q:
    """Dictations in which nothing was said: without words, without a gap or a recording that may hold some, and without
    anything that their person has added.
    """
    own = {"session": models.OuterRef("pk")}
    gaps = apps.get_model("captions", "TranscriptGap").objects.may_hold_words()
    # What the row itself says comes first: it decides nearly always, and then PostgreSQL reads no other table.
    return models.Q(source=SessionSource.LIVE, last_seq=0, title="", favourite=False) & models.Q(
        ~models.Exists(gaps.filter(**own)),
        ~models.Exists(apps.get_model("captions", "Recording").objects.kept().filter(**own)),
        ~models.Exists(apps.get_model("captions", "Note").objects.filter(**own)),
        ~models.Exists(Session.tags.through.objects.filter(**own)),
    )


_Manager = models.Manager.from_queryset(SessionQuerySet)


class AllSessionsManager(_Manager["Session"]):
    """Does not load the search vector, which only the database uses."""

    def get_queryset(self) -> SessionQuerySet:
        return SessionQuerySet(self.model, using=self._db).defer("search")


class SessionManager(AllSessionsManager):
    """The sessions that are not in the trash; `user.sessions` and other related managers are of this kind too."""

    def get_queryset(self) -> SessionQuerySet:
        return super().get_queryset().filter(trashed_at=None)


class Session(ListeningModel):
    """One dictation or one file of a user, with its utterances and its clock.

    All times within a session are milliseconds on its clock, which stands still during a pause. It was at `clock_ms`
    at the time `clock_at`, and has run since; it stands still if `clock_at` is None.

    A session that its user has deleted is in the trash since `trashed_at`. `objects` does not have it, as if it were
    gone; what goes on with it meanwhile (its last finals, its sound, its deletion for good) uses `all_objects`.

    The session's listening options take precedence over those of the account. `detected` is the language of the first
    utterance that was saved with one; a trigger in the database sets it. `active_at` is the last sign of life.
    `created_at` is when it was spoken: for a file, as well as `dated` says. When a file was added is in `ended_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions", verbose_name=_("user")
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    language = models.CharField(
        _("language"), max_length=8, blank=True, help_text=_("As chosen; empty means it is detected.")
    )
    detected = models.CharField(max_length=8, default="", db_default="", editable=False)
    source = models.CharField(
        max_length=4,
        choices=SessionSource,
        default=SessionSource.LIVE,
        db_default=SessionSource.LIVE,
        editable=False,
    )
    tags = models.ManyToManyField(Tag, related_name="sessions", blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    dated = models.CharField(
        max_length=8, choices=SessionDated, default="", db_default="", blank=True, editable=False
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    active_at = models.DateTimeField(default=timezone.now, editable=False)
    clock_ms = models.BigIntegerField(default=0, editable=False)
    clock_at = models.DateTimeField(null=True, editable=False)
    settled_ms = models.BigIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="Up to here all that was said is written down, or noted as a gap.",
    )
    paused = models.BooleanField(default=False, editable=False)
    gen = models.PositiveIntegerField(default=0, editable=False, help_text="The last peer offered.")
    continuations = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="How often it was reopened after its end."
    )
    last_seq = models.PositiveIntegerField(default=0, editable=False)
    word_count = models.PositiveIntegerField(default=0, editable=False)
    outages = models.JSONField(
        default=list,
        db_default=[],
        editable=False,
        help_text="The time ranges in which nothing was recorded, as pages saw it: pairs of milliseconds, in order.",
    )
    corrections = models.PositiveIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="Utterances whose words are others than were heard.",
    )
    keep_sound = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Whether its person wants the sound kept."
    )
    favourite = models.BooleanField(default=False, db_default=False, editable=False)
    commands = models.BooleanField(
        null=True,
        editable=False,
        help_text="Whether it obeys spoken commands; None as its account does.",
    )
    trashed_at = models.DateTimeField(null=True, editable=False)
    token = models.ForeignKey(
        "ApiToken",
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="sessions",
        help_text="With which a program sends its sound; none where a page does.",
    )
    via = models.CharField(
        max_length=8,
        default="",
        db_default="",
        blank=True,
        editable=False,
        help_text="How a program sends its sound: the name of a dialect.",
    )
    offered_video = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Whether video was offered with its sound."
    )
    has_shared = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Whether a tab or the computer was heard beside the microphone.",
    )
    devices = models.CharField(
        max_length=8,
        choices=Devices,
        default=Devices.SWITCH,
        db_default=Devices.SWITCH,
        editable=False,
        help_text="What is heard of two devices.",
    )
    device_modes = models.JSONField(
        default=list,
        db_default=[],
        editable=False,
        help_text="Since when a second device was heard, and how: pairs of milliseconds and a mode, which is empty from"
        " where it was heard no more.",
    )
    voices = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="How many voices were told apart; 0 if nobody has asked for it.",
    )
    written_by = models.JSONField(
        default=list,
        db_default=[],
        editable=False,
        help_text="What has written its text, in that order: names of models, some with the host of their service.",
    )
    sent_ms = models.BigIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="How much sound was sent elsewhere for its text.",
    )
    search = models.GeneratedField(
        expression=OwnWords("user", SPOKEN_LANGUAGE, "title"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = SessionManager()
    all_objects = AllSessionsManager()

    class Meta:
        verbose_name = _("transcript")
        verbose_name_plural = _("transcripts")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="session_history"),
            models.Index(fields=["active_at"], condition=models.Q(ended_at=None), name="session_open"),
            models.Index(
                fields=["user", "-trashed_at"],
                condition=models.Q(trashed_at__isnull=False),
                name="session_trash",
            ),
            GinIndex(fields=["search"], fastupdate=False, name="session_title_search"),
        ]

    def __str__(self) -> str:
        return self.title or gettext("Untitled")

    @property
    def is_silent(self) -> bool:
        """Whether it has ended without a word, and without a gap that may hold some."""
        gaps = apps.get_model("captions", "TranscriptGap").objects.may_hold_words()
        return self.ended_at is not None and not self.last_seq and not gaps.filter(session=self).exists()

    def get_absolute_url(self) -> str:
        return reverse("session", args=[self.pk])

    @staticmethod
    def socket_path(pk: uuid.UUID) -> str:
        """The path of the WebSocket for the session with this id; WebSockets are not among Django's URLs."""
        return f"{get_script_prefix()}ws/sessions/{pk}/"

    @property
    def state(self) -> SessionState:
        if self.ended_at is not None:
            return "ended"
        if self.paused:
            return "paused"
        return "new" if self.clock_at is None else "live"

    @property
    def tells_speakers(self) -> bool:
        """Whether its sentences say whose they are: there are two sources, or several voices were told apart."""
        return self.has_shared or self.voices > 1

    @property
    def has_device_apart(self) -> bool:
        """Whether a second device is a source of its own, or was."""
        return any(mode == Devices.SEPARATE for _, mode in self.device_modes)

    @property
    def spoken_language(self) -> str:
        """The language that was chosen, else the one that was detected first, as SPOKEN_LANGUAGE; may be empty."""
        return self.language or self.detected

    @property
    def heard_language(self) -> str:
        """The spoken language, else that of the first utterance that has one; may be empty."""
        if self.spoken_language:
            return self.spoken_language
        languages = (
            self.utterances.with_text().exclude(language="").in_time().values_list("language", flat=True)
        )
        return languages.first() or ""

    @property
    def effective_vocabulary(self) -> tuple[str, ...]:
        """The session's own vocabulary, then that of its user's account, then the spoken commands that it obeys."""
        spoken = expected(self.spoken_language) if self.wants_commands else ()
        return joined(self.vocabulary, self.user.vocabulary, spoken)

    @property
    def wants_translation(self) -> bool:
        return bool(self.user.translate if self.translate is None else self.translate)

    @property
    def wanted_cleaning(self) -> CleaningKind:
        return cast(CleaningKind, self.cleaning or self.user.cleaning or "off")

    @property
    def wanted_endpointing(self) -> Endpointing:
        return self.endpointing.merge(self.user.endpointing)

    @property
    def wants_commands(self) -> bool:
        """Whether spoken commands are obeyed in it: only in a dictation that a page makes, never in a file."""
        is_page = self.source == SessionSource.LIVE and not self.via
        return is_page and (self.user.commands if self.commands is None else self.commands)

    def note_outages(self, ranges: Iterable[TimeRange]) -> None:
        """Adds time ranges in which nothing was recorded, beyond MOST_OUTAGES none. The session has to be locked.

        What a page has delivered since is left out.
        """
        delivered = [gap.time_range for gap in self.gaps.delivered().filled()]
        told = merged([*self.outage_ranges, *ranges])
        left = outside(delivered, told)
        noted = [each for each in left if each in told or each.length_ms >= _LEAST_LEFT_MS][:MOST_OUTAGES]
        self.outages = [[each.start_ms, each.end_ms] for each in noted]
        self.save(update_fields=["outages"])

    @property
    def outage_ranges(self) -> list[TimeRange]:
        return [TimeRange(*each) for each in self.outages]

    def clock_now(self, now: datetime) -> int:
        """The session's clock at `now`, in milliseconds."""
        if self.clock_at is None:
            return self.clock_ms
        return self.clock_ms + max(0, (now - self.clock_at) // _MS)

    def rename(self, title: str) -> None:
        """Changes the title, without NUL and with white space collapsed; an empty title makes the session untitled."""
        self.title = " ".join(title.replace("\0", "").split())
        self.save(update_fields=["title"])

    def latest_clock(self, now: datetime) -> int:
        """The latest time that the session's clock can have reached by `now`, even if its worker has not reported."""
        return self.clock_ms + max(0, (now - (self.clock_at or self.active_at)) // _MS)

    @transaction.atomic
    def miss_until(self, until_ms: int, *, due_at: datetime) -> None:
        """Notes the gap up to `until_ms` when a session has lost its worker, due for recovery at `due_at`.

        Without sound no gap is noted, since nothing could be recovered. Either way `settled_ms` moves to `until_ms`.
        """
        known = Session.all_objects.select_for_update().filter(pk=self.pk)
        row = known.only("settled_ms", "keep_sound", "has_shared").first()
        if row is None:
            return
        # With two sources, the latest words say nothing about those of the other one.
        utterances = self.utterances.none() if row.has_shared else self.utterances
        written = utterances.aggregate(latest=models.Max("end_ms"))["latest"] or 0
        gap = missing(row.settled_ms, written, until_ms)
        if gap is None:
            return
        if row.keep_sound:
            self.gaps.get_or_create(
                end_ms=gap.end_ms, delivery=None, defaults={"start_ms": gap.start_ms, "due_at": due_at}
            )
        self.settled_ms = until_ms
        self.save(update_fields=["settled_ms"])

    @transaction.atomic
    def end(self, now: datetime) -> None:
        """Ends a session that no worker holds, and notes the gap that a worker left. No effect if it has ended."""
        if self.ended_at is not None:
            return
        self.miss_until(self.latest_clock(now), due_at=now)
        self.clock_ms, self.clock_at = self.clock_now(now), None
        self.ended_at = self.active_at = now
        self.save(update_fields=["clock_ms", "clock_at", "ended_at", "active_at"])

    @transaction.atomic
    def erase(self) -> None:
        """Deletes the session with all its words, and its tags that no other one has.

        The locks wait for a change of the tags, and for a final that is being saved.
        """
        get_user_model().objects.select_for_update(no_key=True).filter(pk=self.user_id).first()
        Session.all_objects.select_for_update().filter(pk=self.pk).first()
        tags = list(self.tags.values_list("pk", flat=True))
        self.delete()
        Tag.objects.filter(pk__in=tags, sessions=None).delete()
