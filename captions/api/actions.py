"""A person's own actions: list, add, change, delete, and what a sentence would do."""

from typing import Any

from django.shortcuts import get_object_or_404
from ninja import Router, Status

from ..actions import changing
from ..actions.changing import ActionError, Wanted
from ..actions.forms import ActionForm, TryForm, values_of
from ..actions.trying import tried
from ..models import SpokenAction
from ..web.form_errors import first_error
from . import schemas
from .frame import WEBHOOKS, TokenRequest

router = Router(tags=["actions"])
_ERRORS = {400: schemas.ErrorOut, 404: schemas.ErrorOut}


@router.get("", response=list[schemas.ActionOut], auth=WEBHOOKS, summary="List your own actions")
def actions(request: TokenRequest) -> list[dict[str, Any]]:
    """The actions of the account in their order: the first one that fits what is said counts."""
    return [_described(each) for each in request.auth.user.spoken_actions.all()]


@router.post(
    "", response={201: schemas.ActionOut, 400: schemas.ErrorOut}, auth=WEBHOOKS, summary="Add an action"
)
def add(request: TokenRequest, payload: schemas.ActionIn) -> Status[dict[str, Any]]:
    """Adds an action behind the others."""
    return Status(201, _described(changing.add(request.auth.user, _wanted(payload.dict()))))


@router.post(
    "/try",
    response={200: schemas.TriedOut, 400: schemas.ErrorOut},
    auth=WEBHOOKS,
    summary="Try a sentence",
)
def try_sentence(request: TokenRequest, payload: schemas.TryIn) -> dict[str, Any]:
    """Which action a sentence would be, if it were spoken. Nothing is sent or written."""
    form = TryForm({"said": payload.said})
    if not form.is_valid():
        raise ActionError(first_error(form))
    result = tried(request.auth.user, form.cleaned_data["said"])
    return {"action": result.action and _described(result.action), "slots": result.slots, "text": result.text}


@router.patch(
    "/{int:pk}", response={200: schemas.ActionOut, **_ERRORS}, auth=WEBHOOKS, summary="Change an action"
)
def change(request: TokenRequest, pk: int, payload: schemas.ActionChangeIn) -> dict[str, Any]:
    """Changes what is given, and leaves the rest."""
    action = _own(request, pk)
    given = {name: value for name, value in payload.dict().items() if value is not None}
    changing.change(action, _wanted({**_values(action), **given}))
    return _described(action)


@router.delete("/{int:pk}", response={204: None, **_ERRORS}, auth=WEBHOOKS, summary="Delete an action")
def delete(request: TokenRequest, pk: int) -> Status[None]:
    """Deletes it; what was sent stays sent."""
    _own(request, pk).delete()
    return Status(204, None)


def _own(request: TokenRequest, pk: int) -> SpokenAction:
    found: SpokenAction = get_object_or_404(request.auth.user.spoken_actions, pk=pk)
    return found


def _wanted(values: dict[str, Any]) -> Wanted:
    """Raises ActionError."""
    form = ActionForm({**values, "template": values["phrase"]})
    if not form.is_valid():
        raise ActionError(first_error(form))
    return form.wanted()


def _values(action: SpokenAction) -> dict[str, Any]:
    values = values_of(action)
    phrase = values.pop("template")
    return {**values, "phrase": phrase}


def _described(action: SpokenAction) -> dict[str, Any]:
    return {"id": action.pk, **_values(action)}
