"""Adds words to a user's vocabulary, and replacements, from a correction."""

from django.db import transaction
from django.utils.translation import gettext as _

from ..core.characters import shortened
from ..core.replacements import MOST_REPLACEMENTS, Replacement, replacement, same_heard, stored
from ..core.vocabulary import MOST_WORDS, EntryError, joined, vocabulary_entry
from ..models import User
from .changes import EditError


@transaction.atomic
def expect(user: User, text: str) -> str:
    """Puts a word or phrase first in a user's vocabulary; returns it as stored. Raises EditError."""
    try:
        word = vocabulary_entry(text)
    except EntryError as error:
        raise EditError(error.of(_quoted(text))) from error
    row = User.objects.select_for_update().get(pk=user.pk)
    if word not in row.vocabulary:
        if len(row.vocabulary) >= MOST_WORDS:
            full = _("Your vocabulary is full (%(most)s entries). Remove some in your settings.")
            raise EditError(full % {"most": MOST_WORDS})
        row.vocabulary = list(joined([word], row.vocabulary))
        row.save(update_fields=["vocabulary"])
    return word


@transaction.atomic
def write_instead(user: User, heard: str, written: str) -> Replacement:
    """Adds a replacement of `heard` by `written`, in place of any other for `heard`. Raises EditError."""
    try:
        entry = replacement(heard, written)
    except EntryError as error:
        raise EditError(error.of(_quoted(heard))) from error
    row = User.objects.select_for_update().get(pk=user.pk)
    others = [each for each in row.wanted_replacements if same_heard(each) != same_heard(entry)]
    if len(others) >= MOST_REPLACEMENTS:
        full = _("Your list of text replacements is full (%(most)s entries). Remove some in your settings.")
        raise EditError(full % {"most": MOST_REPLACEMENTS})
    row.replacements = stored([*others, entry])
    row.save(update_fields=["replacements"])
    return entry


def _quoted(text: str) -> str:
    return _("“%(text)s”") % {"text": shortened(text, 80)}
