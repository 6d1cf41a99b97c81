"""The administration: accounts, what was said, its review, and who has seen it."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from captions.account import admin as accounts
from captions.review import access_admin, transcripts_admin
from captions.review import admin as reviews

__all__ = ["access_admin", "accounts", "reviews", "transcripts_admin"]

# With its two steps, and its limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = _("WhisperStream administration")
