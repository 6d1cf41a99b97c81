"""Template filters for the pages of reviewers."""

from django import template

from .names import name_of

register = template.Library()
register.filter("name_of", name_of)
