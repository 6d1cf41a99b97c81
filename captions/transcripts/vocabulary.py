"""What a correction teaches: words to expect from now on."""

from django.db import transaction

from ..listening import MOST_WORDS, WordError, joined, word_to_expect
from ..models import User
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
