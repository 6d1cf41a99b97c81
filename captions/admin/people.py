"""The accounts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from ..models import Session, User
from .deletion import Deletion, deletion

if TYPE_CHECKING:
    _UserAdmin = DjangoUserAdmin[User]
else:
    _UserAdmin = DjangoUserAdmin


@admin.register(User)
class UserAdmin(_UserAdmin):
    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_staff", "date_joined")
    date_hierarchy = "date_joined"
    show_full_result_count = False

    def get_deleted_objects(self, objs: QuerySet[User] | Sequence[User], request: HttpRequest) -> Deletion:
        users = list(objs)
        return deletion(request, users, Session.objects.filter(user__in=users))

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        # One by one, each under its lock: one of them may be live.
        for session in obj.sessions.all():
            session.erase()
        obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self.delete_model(request, user)
