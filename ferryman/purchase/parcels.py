"""How far the money of each parcel is: captures and releases, followed to what they are for. Pure.

A capture names its fulfillment, a release does not, and neither does in older versions of the
provider ("Charges"). What names none belongs to the only parcel there is, or to the one that comes
as late in its list; where that cannot be told, the parcel stays as it was reported.
"""

from collections.abc import Iterable, Sequence

from .messages import Shipment
from .purchase import Fulfillment, ParcelState
from .readings import MoneyPart

Parcels = Sequence[Fulfillment]
Parts = Sequence[MoneyPart]

DIGITAL = "digital"
"""The shipment of all lines that we report by ourselves."""

_FAILED = "failed"
_COMPLETE = "complete"


def followed(parcels: Parcels, captures: Parts, cancels: Parts) -> list[Fulfillment]:
    """The parcels with what the order says of their money."""
    shipped = [parcel for parcel in parcels if has_goods(parcel)]
    cut = [parcel for parcel in parcels if any(item.cancel_quantity for item in parcel.items)]
    return [
        _in(parcel, _shipped(_latest(_of(parcel, shipped, captures))))
        if has_goods(parcel)
        else _in(parcel, _cancelled(_latest(_of(parcel, cut, cancels))))
        for parcel in parcels
    ]


def uncaptured(parcels: Parcels) -> tuple[str, ...]:
    """The shipment ids of parcels that have left and whose money could not be taken."""
    failed = (each for each in parcels if each.state is ParcelState.CAPTURE_FAILED)
    return tuple(parcel.shipment_id for parcel in failed)


def not_delivered(shipment: Shipment, parcels: Parcels) -> Shipment | None:
    """The shipment without the lines that went out by themselves; None where none is left."""
    ours = (parcel for parcel in parcels if parcel.shipment_id == DIGITAL)
    gone = {item.line_id for parcel in ours for item in parcel.items}
    left = tuple(item for item in shipment.items if item.line_id not in gone)
    return shipment.model_copy(update={"items": left}) if left else None


def has_goods(parcel: Fulfillment) -> bool:
    """True where something was shipped; a parcel without is a cancellation."""
    return any(item.quantity for item in parcel.items)


def _in(parcel: Fulfillment, state: ParcelState) -> Fulfillment:
    return parcel if parcel.state is state else parcel.model_copy(update={"state": state})


def _shipped(parts: Parts) -> ParcelState:
    if any(part.state == _FAILED for part in parts):
        return ParcelState.CAPTURE_FAILED
    done = parts and all(part.state == _COMPLETE for part in parts)
    return ParcelState.CAPTURED if done else ParcelState.SHIPPED


def _cancelled(parts: Parts) -> ParcelState:
    failed = any(part.state == _FAILED for part in parts)
    return ParcelState.CANCEL_FAILED if failed else ParcelState.CANCELLED


def _of(parcel: Fulfillment, alike: Parcels, parts: Parts) -> Parts:
    if parcel.id is not None and (
        named := [part for part in parts if part.fulfillment_id == parcel.id]
    ):
        return named
    unnamed = [part for part in parts if part.fulfillment_id is None]
    if len(alike) == 1:
        return unnamed
    return [unnamed[alike.index(parcel)]] if len(unnamed) == len(alike) else []


def _latest(parts: Iterable[MoneyPart]) -> Parts:
    """Of several tries at one charge, the last: what failed may be captured after all."""
    return list({part.charge_id: part for part in parts}.values())
