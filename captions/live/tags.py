"""The template filter for dictations that can go on, on the page of a transcript."""

from django import template

from .continuing import can_continue

register = template.Library()
register.filter("can_continue", can_continue)
