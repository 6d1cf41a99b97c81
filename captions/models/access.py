from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AccessKind(models.TextChoices):
    """What of another user's words a reader was shown or given."""

    LIST = "list", _("Title in a list")
    SENTENCES = "sentences", _("Sentences in a list")
    TRANSCRIPT = "text", _("Transcript")
    SOUND = "sound", _("Recording")
    EXPORT = "export", pgettext_lazy("noun", "Export")
    FIGURES = "figures", _("Statistics")


class Access(models.Model):
    """An entry of the access log: a user has seen or heard words of another user.

    Accounts and sessions are named by their ids as text, not by foreign keys, since an entry outlives them. A trigger
    in the database refuses to change or delete a row; `docs/operations.md` says how to deny that to the application.
    """

    at = models.DateTimeField(pgettext_lazy("time", "at"), db_default=Now(), editable=False)
    reader = models.CharField(
        _("account id"), max_length=40, editable=False, help_text=_("The id of the account that had access.")
    )
    reader_name = models.CharField(
        _("accessed by"), max_length=150, editable=False, help_text=_("The username at that time.")
    )
    owner = models.CharField(
        _("owner"),
        max_length=40,
        blank=True,
        editable=False,
        help_text=_("The id of the account that the transcript belongs to."),
    )
    session = models.CharField(_("transcript"), max_length=36, blank=True, editable=False)
    what = models.CharField(_("content"), max_length=9, choices=AccessKind, editable=False)
    detail = models.CharField(_("detail"), max_length=200, blank=True, editable=False)
    address = models.GenericIPAddressField(pgettext_lazy("address", "from"), null=True, editable=False)
    page = models.CharField(_("page"), max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log entries")
        indexes = [
            models.Index(fields=["-at", "-id"], name="access_newest"),
            models.Index(fields=["owner", "-at"], name="access_owner"),
            models.Index(fields=["session", "-at"], name="access_session"),
        ]

    def __str__(self) -> str:
        return f"{self.reader_name} {self.what}"
