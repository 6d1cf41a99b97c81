"""The administration: accounts, what was said, its review, and who has seen it."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from . import access, people, review, transcripts

__all__ = ["access", "people", "review", "transcripts"]

admin.site.site_header = admin.site.site_title = _("WhisperStream administration")
