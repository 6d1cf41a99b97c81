"""What a correction teaches: words to expect from now on, and what to write for what is heard."""

from django.db import transaction

from ..listening import MOST_WORDS, WordError, joined, word_to_expect
from ..models import User
from ..replacements import MOST_REPLACEMENTS, Replacement, ReplacementError, replacement, same_heard, stored
from .changes import EditError


@transaction.atomic
def expect(user: User, text: str) -> str:
    """Puts a word or phrase first in somebody's vocabulary, and returns it as it is kept. Raises EditError."""
    try:
        word = word_to_expect(text)
    except WordError as error:
        raise EditError(f"“{text[:80]}” {error}") from error
    row = User.objects.select_for_update().get(pk=user.pk)
    if word not in row.vocabulary:
        if len(row.vocabulary) >= MOST_WORDS:
            raise EditError(
                f"Your vocabulary has {MOST_WORDS} entries, which is full. Take some out in its settings."
            )
        row.vocabulary = list(joined([word], row.vocabulary))
        row.save(update_fields=["vocabulary"])
    return word


@transaction.atomic
def write_instead(user: User, heard: str, written: str) -> Replacement:
    """Has the one written wherever the other is heard from now on, whatever was written so far. Raises EditError."""
    try:
        entry = replacement(heard, written)
    except ReplacementError as error:
        raise EditError(f"“{heard[:80]}” {error}") from error
    row = User.objects.select_for_update().get(pk=user.pk)
    others = [each for each in row.wanted_replacements if same_heard(each) != same_heard(entry)]
    if len(others) >= MOST_REPLACEMENTS:
        raise EditError(
            f"You have {MOST_REPLACEMENTS} replacements, which is full. Take some out in your settings."
        )
    row.replacements = stored([*others, entry])
    row.save(update_fields=["replacements"])
    return entry
