"""Template filters for the pages of reviewers."""

from django import template

from ..transcripts.sources import source_name
from .names import name_of

register = template.Library()
register.filter("name_of", name_of)
register.filter("source_name", source_name)
