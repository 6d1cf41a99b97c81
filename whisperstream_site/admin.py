"""Django's administration: accounts, transcripts, caption outputs, webhooks, reviews and the access log."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from captions.account import admin as accounts
from captions.outputs import admin as outputs
from captions.review import access_admin, transcripts_admin
from captions.review import admin as reviews
from captions.webhooks import admin as webhooks

__all__ = ["access_admin", "accounts", "outputs", "reviews", "transcripts_admin", "webhooks"]

# allauth's login, for its second factor and its rate limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = _("WhisperStream administration")
