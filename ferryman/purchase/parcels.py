"""How far the money of each parcel is: captures and releases, followed to what they are for. Pure.

A capture's event names its fulfillment; the order, whose captures these are, does not, and no
release ever does ("Charges"). What names none belongs to the only parcel there is, or to the one
that comes as late in its list; where that cannot be told, the parcel stays as it was reported.
What failed may be captured after all, by Digital River's next try ("Payment charges").
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from .messages import Shipment
from .purchase import Fulfillment, ParcelState
from .readings import MoneyPart

Parcels = Sequence[Fulfillment]
Parts = Sequence[MoneyPart]

DIGITAL = "digital"
"""The shipment of all lines that we report by ourselves."""

_OURS = re.compile(rf"{DIGITAL}|cancel-[0-9a-f]{{16}}|wind-up-.*")
"""The delivery of what is not physical, cancellations, and what is wound up."""

_FAILED = "failed"
_COMPLETE = "complete"


def is_ours(shipment_id: str) -> bool:
    """True for an id that a shipment or a cancellation of our own may bear."""
    return _OURS.fullmatch(shipment_id) is not None


def followed(parcels: Parcels, captures: Parts, cancels: Parts) -> list[Fulfillment]:
    """The parcels with what the order says of their money."""
    shipped = [parcel for parcel in parcels if has_goods(parcel)]
    captures = _last_tries(parcels, captures)
    cut = [parcel for parcel in parcels if any(item.cancel_quantity for item in parcel.items)]
    taken, released = _by_parcel(shipped, captures), _by_parcel(cut, cancels)
    return [
        _in(parcel, _shipped, taken[parcel.shipment_id])
        if has_goods(parcel)
        else _in(parcel, _cancelled, released[parcel.shipment_id])
        for parcel in parcels
    ]


def named(parts: Parts, causes: Mapping[str, str]) -> list[MoneyPart]:
    """The parts with the fulfillments that they are known to be for, by the part's id."""
    return [
        part.model_copy(update={"fulfillment_id": causes[part.id]})
        if part.fulfillment_id is None and part.id is not None and part.id in causes
        else part
        for part in parts
    ]


def uncaptured(parcels: Parcels) -> tuple[str, ...]:
    """The shipment ids of parcels that have left and whose money could not be taken."""
    failed = (each for each in parcels if each.state is ParcelState.CAPTURE_FAILED)
    return tuple(parcel.shipment_id for parcel in failed)


def capture_failed(parcels: Parcels, captures: Parts) -> bool:
    """True where some parcel's money could not be taken, also where nobody can tell whose.

    A charge that is `complete` has all its money, whatever failed on the way.
    """
    return any(
        part.state == _FAILED and part.charge_state != _COMPLETE
        for part in _last_tries(parcels, captures)
    )


def made_good(parcels: Parcels, captures: Parts) -> set[str]:
    """The ids of captures that failed and that a later try has made good, as far as can be told."""
    standing = {part.id for part in _last_tries(parcels, captures)}
    return {part.id for part in captures if part.id is not None} - standing


def not_delivered(shipment: Shipment, parcels: Parcels) -> Shipment | None:
    """The shipment without the lines that went out by themselves; None where none is left."""
    ours = (parcel for parcel in parcels if parcel.shipment_id == DIGITAL)
    gone = {item.line_id for parcel in ours for item in parcel.items}
    left = tuple(item for item in shipment.items if item.line_id not in gone)
    return shipment.model_copy(update={"items": left}) if left else None


def has_goods(parcel: Fulfillment) -> bool:
    """True where something was shipped; a parcel without is a cancellation."""
    return any(item.quantity for item in parcel.items)


def _in(parcel: Fulfillment, state: Callable[[Parts], ParcelState], parts: Parts) -> Fulfillment:
    return parcel.model_copy(update={"state": state(_latest(parts))}) if parts else parcel


def _shipped(parts: Parts) -> ParcelState:
    if any(part.state == _FAILED for part in parts):
        return ParcelState.CAPTURE_FAILED
    done = all(part.state == _COMPLETE for part in parts)
    return ParcelState.CAPTURED if done else ParcelState.SHIPPED


def _cancelled(parts: Parts) -> ParcelState:
    failed = any(part.state == _FAILED for part in parts)
    return ParcelState.CANCEL_FAILED if failed else ParcelState.CANCELLED


def _by_parcel(alike: Parcels, parts: Parts) -> dict[str, list[MoneyPart]]:
    """The parts of each parcel; those that name none go by their place, charge by charge."""
    found = {
        parcel.shipment_id: [part for part in parts if part.fulfillment_id == parcel.id]
        for parcel in alike
    }
    rest = [parcel.shipment_id for parcel in alike if not found[parcel.shipment_id]]
    unnamed = [part for part in parts if part.fulfillment_id is None]
    for charge in {part.charge_id: None for part in unnamed}:
        own = [part for part in unnamed if part.charge_id == charge]
        if len(rest) == 1:
            found[rest[0]] += own
        elif len(own) <= len(rest):
            for shipment, part in zip(rest, own, strict=False):
                found[shipment].append(part)
    return found


def _last_tries(parcels: Parcels, captures: Parts) -> list[MoneyPart]:
    """Without the captures that failed and were made good by a later try.

    Those that name no parcel cannot be told apart; yet where as many of a charge have not failed
    as there are parcels, each has its money, and what failed before was tried again.
    """
    left = (each for each in parcels if has_goods(each) and each.state is not ParcelState.HELD)
    known = {parcel.id for parcel in left}
    found: list[MoneyPart] = []
    for charge in {part.charge_id: None for part in captures}:
        own = [part for part in captures if part.charge_id == charge]
        tries = list({part.fulfillment_id or id(part): part for part in own}.values())
        good = [index for index, part in enumerate(tries) if part.state != _FAILED]
        places = known | {part.fulfillment_id for part in tries if part.fulfillment_id}
        last = good[-1] if 0 < len(places) <= len(good) else 0
        found += (
            part for index, part in enumerate(tries) if part.state != _FAILED or index >= last
        )
    return found


def _latest(parts: Iterable[MoneyPart]) -> Parts:
    """Of several tries at one charge, the last: what failed may be captured after all."""
    return list({part.charge_id: part for part in parts}.values())
