"""Accounts in the administration."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..models import Session, User
from ..transcripts.reading import person
from ..web.admin_deletion import Deletion, deletion
from .deletion import leave
from .tasks import delete_accounts_soon

if TYPE_CHECKING:
    _UserAdmin = DjangoUserAdmin[User]
else:
    _UserAdmin = DjangoUserAdmin

log = structlog.get_logger(__name__)

_POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


# allauth names these in English only.
Authenticator._meta.verbose_name = _("second factor")
Authenticator._meta.verbose_name_plural = _("second factors")
for _name, _label in {
    "type": _("type"),
    "data": _("data"),
    "created_at": _("added at"),
    "last_used_at": _("last used at"),
}.items():
    Authenticator._meta.get_field(_name).verbose_name = _label


def _is_below(account: User | None, asking: User) -> bool:
    """Whether the user `asking` may change an account.

    Staff accounts are for superusers and their owners only: whoever sets their password would gain their permissions.
    """
    return account is None or asking.is_superuser or account == asking or not account.is_staff


@admin.register(User)
class UserAdmin(_UserAdmin):
    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_staff", "date_joined")
    date_hierarchy = "date_joined"
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Permissions are read-only except for superusers: other editors of accounts could promote themselves."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if person(request).is_superuser else (*fields, *_POWERS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_below(obj, person(request))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_below(obj, person(request))

    def get_deleted_objects(self, objs: QuerySet[User] | Sequence[User], request: HttpRequest) -> Deletion:
        users = list(objs)
        goes, counts, missing, protected = deletion(
            request, users, Session.all_objects.filter(user__in=users)
        )
        if not all(self.has_delete_permission(request, user) for user in users):
            missing.add("user")
        return goes, counts, missing, protected

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        # Accounts that are already being deleted are not listed.
        return super().get_queryset(request).filter(leaving_at=None)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        self.delete_queryset(request, User.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Deletes accounts as when their owners delete them: live sessions are ended, and files are deleted too."""
        for user in queryset:
            leave(user, timezone.now())
            log.info("account_given_up", user=user.pk, by=person(request).pk)
        transaction.on_commit(delete_accounts_soon)
