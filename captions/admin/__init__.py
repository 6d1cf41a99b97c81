"""The administration: accounts, what was said, its review, and who has seen it."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from . import access, people, review, transcripts

__all__ = ["access", "people", "review", "transcripts"]

# With its two steps, and its limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = _("WhisperStream administration")
