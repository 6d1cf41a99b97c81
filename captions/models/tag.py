from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

LONGEST_TAG = 40
"""Characters."""
MOST_TAGS = 20
"""Tags of one session."""


class TagQuerySet(models.QuerySet["Tag"]):
    def by_name(self) -> Self:
        return self.order_by(Lower("name"), "pk")

    def with_counts(self) -> Self:
        """Adds `count`: how many sessions have the tag, without those in the trash."""
        return self.annotate(count=models.Count("sessions", filter=models.Q(sessions__trashed_at=None)))


class Tag(models.Model):
    """A user's own label for sessions. No two tags of a user differ in case only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=LONGEST_TAG)

    objects = TagQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("user", Lower("name"), name="tag_unique")]

    def __str__(self) -> str:
        return self.name
