"""The distinct words of each person, among which a search looks for what was mistyped."""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Reverse


class SpokenWord(models.Model):
    """A word in the utterances or titles of a person; triggers write these rows (migrations 0022 and 0028).

    `word` is in lower case, `folded` without accents too, as in the search vector (see OwnWords). `owner` is the
    primary key of the person. Two sessions that are saved at once may both write the same word. Words that are no
    longer said go with `GoneWord`.
    """

    owner = models.BigIntegerField()
    word = models.TextField()
    folded = models.TextField()

    class Meta:
        indexes = [
            models.Index(
                models.F("owner"), OpClass(models.F("folded"), "text_pattern_ops"), name="spoken_word_start"
            ),
            models.Index(
                models.F("owner"), OpClass(Reverse("folded"), "text_pattern_ops"), name="spoken_word_end"
            ),
        ]

    def __str__(self) -> str:
        return f"word {self.pk}"


class GoneWord(models.Model):
    """A word of a text that was changed or deleted; triggers write these rows. It may still be said elsewhere."""

    owner = models.BigIntegerField()
    word = models.TextField()

    def __str__(self) -> str:
        return f"gone word {self.pk}"
