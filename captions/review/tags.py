"""What the pages of the reviewers need."""

from django import template

from .names import name_of

register = template.Library()
register.filter("name_of", name_of)
