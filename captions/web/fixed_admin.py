"""Rows that the administration shows and does not change."""

from typing import Any

from django.http import HttpRequest


class Fixed:
    """A part of a ModelAdmin: nobody adds or changes anything. Whether it can be deleted is left to the class."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
