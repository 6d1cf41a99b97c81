"""The administration: accounts, what was said, its review, and who has seen it."""

from django.contrib import admin

from . import access, people, review, transcripts

__all__ = ["access", "people", "review", "transcripts"]

admin.site.site_header = admin.site.site_title = "WhisperStream administration"
