"""Adds actions, changes them and puts them in another order."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from ..core.errors import RefusedError
from ..models import MOST_ACTIONS, SpokenAction, User


class ActionError(RefusedError):
    """The action cannot be added, or is wrong."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What its person decides of an action."""

    name: str
    template: str
    does: str
    text: str

    def put_on(self, action: SpokenAction) -> SpokenAction:
        action.name, action.template, action.does, action.text = (
            self.name,
            self.template,
            self.does,
            self.text,
        )
        return action


def add(user: User, wanted: Wanted) -> SpokenAction:
    """A new action, behind the others. Raises ActionError."""
    with transaction.atomic():
        # The lock makes two simultaneous requests count each other's action.
        User.objects.select_for_update().get(pk=user.pk)
        if user.spoken_actions.count() >= MOST_ACTIONS:
            raise ActionError(
                _("You have %(count)s actions, which is the most. Delete one first.")
                % {"count": MOST_ACTIONS}
            )
        last = user.spoken_actions.aggregate(last=Max("place"))["last"] or 0
        action = wanted.put_on(SpokenAction(user=user, place=last + 1))
        action.save()
    return action


def change(action: SpokenAction, wanted: Wanted) -> None:
    wanted.put_on(action).save(update_fields=["name", "template", "does", "text"])


@transaction.atomic
def move_up(action: SpokenAction) -> None:
    """Puts an action before the one that is before it now, if there is one."""
    User.objects.select_for_update().get(pk=action.user_id)
    actions = list(SpokenAction.objects.filter(user=action.user_id))
    at = next((number for number, each in enumerate(actions) if each.pk == action.pk), 0)
    if at:
        actions[at - 1], actions[at] = actions[at], actions[at - 1]
    for place, each in enumerate(actions, 1):
        each.place = place
    SpokenAction.objects.bulk_update(actions, ["place"])
