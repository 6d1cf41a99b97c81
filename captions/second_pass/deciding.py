"""Decisions on the items of a proposal, each under the lock of its session.

Every function raises GoneError if the session or its proposal is deleted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ..models import ItemState, Proposal, ProposalItem, Session, User, Utterance
from ..models.proposal import CANCELLED, DONE, READY
from ..transcripts.changes import EditConflict, EditError, GoneError, State, locked_session
from ..transcripts.editing import Rewriting, rewrite
from ..transcripts.versions import undo_change, undo_in


@dataclass(frozen=True, slots=True)
class Decided:
    """The result of a decision: the utterances that changed, and the items.

    `change` is the id of a change of several items, which `reopen_all` can undo at once.
    """

    rows: Sequence[Utterance]
    items: Sequence[ProposalItem]
    change: UUID | None = None


def accept(session: Session, number: int, by: User) -> Decided:
    """Changes the utterances of an item as proposed.

    Raises EditConflict if one of them has changed since; the item is stale then.
    """
    try:
        return _accept(session, number, by)
    except EditConflict:
        with transaction.atomic():
            proposal = _proposal(session)
            proposal.items.filter(number=number).update(state=ItemState.STALE)
            _settle(proposal)
        raise


@transaction.atomic
def _accept(session: Session, number: int, by: User) -> Decided:
    proposal = _proposal(session)
    item = _item(proposal, number)
    if item.state == ItemState.ACCEPTED:
        # The request is repeated because its answer was lost.
        return Decided(_rows(session, [item]), [item])
    rows = _rewrite(session, [item], by)
    _settle(proposal)
    return Decided(rows, [item])


@transaction.atomic
def accept_all(session: Session, by: User | None) -> Decided:
    """Accepts all open items as one change, except those that would overwrite corrections made by hand.

    `by` is None for an automatic second pass.
    """
    proposal = _proposal(session)
    waiting = list(
        proposal.items.select_for_update().filter(state=ItemState.OPEN, corrected=False).order_by("number")
    )
    versions = versions_of(session, waiting)
    stale = [item for item in waiting if is_stale(item, versions)]
    for item in stale:
        item.state = ItemState.STALE
    ProposalItem.objects.bulk_update(stale, ["state"])
    fresh = [item for item in waiting if item.state == ItemState.OPEN]
    rows = _rewrite(session, fresh, by) if fresh else []
    _settle(proposal)
    return Decided(rows, waiting, fresh[0].change if fresh else None)


@transaction.atomic
def keep(session: Session, number: int) -> Decided:
    """Rejects an item: its utterances stay as they are."""
    proposal = _proposal(session)
    item = _item(proposal, number)
    if item.state != ItemState.ACCEPTED:
        item.state = ItemState.KEPT
        item.save(update_fields=["state"])
        _settle(proposal)
    return Decided([], [item])


@transaction.atomic
def keep_all(session: Session) -> Decided:
    """Rejects all open items: their utterances stay as they are."""
    proposal = _proposal(session)
    waiting = list(proposal.items.select_for_update().filter(state=ItemState.OPEN))
    for item in waiting:
        item.state = ItemState.KEPT
    ProposalItem.objects.bulk_update(waiting, ["state"])
    _settle(proposal)
    return Decided([], waiting)


@transaction.atomic
def reopen(session: Session, number: int, by: User) -> Decided:
    """Undoes a decision, and its changes if it was accepted. Raises EditError if those utterances changed since."""
    proposal = _proposal(session)
    item = _item(proposal, number)
    rows: list[Utterance] = []
    if item.state == ItemState.ACCEPTED and item.change is not None:
        rows = undo_in(session, item.change, [part["utterance"] for part in item.parts], by)
        _open(item, rows)
    elif item.state == ItemState.KEPT:
        item.state = ItemState.OPEN
        item.save(update_fields=["state"])
    _settle(proposal)
    return Decided(rows, [item])


@transaction.atomic
def reopen_all(session: Session, change: UUID, by: User) -> Decided:
    """Undoes the acceptance of several items at once, in all utterances that have not changed since."""
    proposal = _proposal(session)
    items = list(proposal.items.select_for_update().filter(change=change, state=ItemState.ACCEPTED))
    if not items:
        raise EditError(_("There is nothing to undo."))
    rows = undo_change(session, change, by)
    undone = {row.pk for row in rows}
    for item in items:
        if all(part["utterance"] in undone for part in item.parts):
            _open(item, rows)
    _settle(proposal)
    return Decided(rows, items)


@transaction.atomic
def close(session: Session) -> None:
    """Deletes the items of a finished proposal, with their text; the proposal stays, as a measure of the pace.

    Raises EditError while it is pending or has open items that can still be decided.
    """
    proposal = _proposal(session)
    waiting = list(proposal.items.filter(state=ItemState.OPEN))
    versions = versions_of(session, waiting)
    if proposal.is_pending or not all(is_stale(item, versions) for item in waiting):
        raise EditError(_("Some suggested changes are still undecided."))
    proposal.items.all().delete()
    Proposal.objects.filter(pk=proposal.pk).update(state=CANCELLED)


def versions_of(session: Session, items: Iterable[ProposalItem]) -> dict[int, int]:
    """The current versions of the utterances of items, by primary key."""
    wanted = [part["utterance"] for item in items for part in item.parts if part["utterance"]]
    return dict(session.utterances.filter(pk__in=wanted).values_list("pk", "version"))


def is_stale(item: ProposalItem, versions: dict[int, int]) -> bool:
    """Whether an utterance of the item has changed since the item was proposed or accepted."""
    return any(
        part["utterance"] is not None and versions.get(part["utterance"]) != part["version"]
        for part in item.parts
    )


def _proposal(session: Session) -> Proposal:
    """The proposal of a session; both are locked until the end of the transaction."""
    locked_session(session.pk)
    proposal = Proposal.objects.select_for_update().filter(session=session).first()
    if proposal is None:
        raise GoneError
    return proposal


def _item(proposal: Proposal, number: int) -> ProposalItem:
    item = proposal.items.select_for_update().filter(number=number).first()
    if item is None:
        raise GoneError
    return item


def _rewrite(session: Session, items: Sequence[ProposalItem], by: User | None) -> list[Utterance]:
    rows, change = rewrite(
        session,
        [
            Rewriting(
                State(**part["after"]),
                part["utterance"],
                part["version"],
                part["language"],
                part.get("shared", False),
            )
            for item in items
            for part in item.parts
        ],
        by,
    )
    made = iter(rows)
    for item in items:
        for part in item.parts:
            row = next(made)
            part |= {"utterance": row.pk, "seq": row.seq, "version": row.version}
        item.state, item.change = ItemState.ACCEPTED, change
    ProposalItem.objects.bulk_update(items, ["state", "change", "parts"])
    return rows


def _open(item: ProposalItem, rows: Iterable[Utterance]) -> None:
    versions = {row.pk: row.version for row in rows}
    for part in item.parts:
        part["version"] = versions[part["utterance"]]
    item.state, item.change = ItemState.OPEN, None
    item.save(update_fields=["state", "change", "parts"])


def _rows(session: Session, items: Iterable[ProposalItem]) -> list[Utterance]:
    pks = [part["utterance"] for item in items for part in item.parts]
    return list(session.utterances.filter(pk__in=pks))


def _settle(proposal: Proposal) -> None:
    """Updates the state of a proposal: done if no item is open, else ready."""
    is_open = proposal.items.filter(state=ItemState.OPEN).exists()
    # One that is being made again has nothing to decide yet.
    Proposal.objects.filter(pk=proposal.pk, due_at=None).update(state=READY if is_open else DONE)
