"""Takes out of a closed purchase's record whatever may tell of a person; the sale itself stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ferryman.digital_river.redaction import MASK, redact
from ferryman.notices.notice import Notice
from ferryman.purchase.purchase import Checkout, Purchase
from ferryman.purchase.timeline import EntryKind, TimelineEntry
from ferryman.records import Records
from ferryman.records.engine import writing
from ferryman.records.tables import claims, deliveries, notices, timeline

ERASED = "[erased]"
ACT = "person_erased"
_WORDS = dict.fromkeys(("reason", "failure_reason"))
_TRACKING = dict.fromkeys(("tracking_company", "tracking_number", "tracking_url"))


@dataclass(frozen=True)
class Scrubbing:
    """Scrubs records; each of its steps may be repeated."""

    records: Records

    async def is_done(self, purchase_id: str) -> bool:
        """Tell whether the timeline has the act."""
        return any(entry.name == ACT for entry in await self.records.timeline(purchase_id))

    async def scrub(self, purchase_id: str, by: str) -> bool:
        """Scrub everything and write the act into the timeline, which is the last step.

        False where another version of the purchase came in between: then it is to be repeated.
        """
        found = await self.records.get(purchase_id)
        if found is None:
            raise LookupError(purchase_id)
        entries = await self.records.timeline(purchase_id)
        last = entries[-1].sequence if entries else 0
        now = datetime.now(UTC)
        clean = scrubbed(found).model_copy(
            update={"version": found.version + 1, "updated_time": now}
        )
        act = TimelineEntry(
            sequence=last + 1, time=now, kind=EntryKind.ACT, name=ACT, detail={"by": by}
        )
        async with writing(self.records.engine) as connection:
            await _timeline(connection, purchase_id, entries)
            await _notices(connection, purchase_id)
            await _claim(connection, clean)
        return await self.records.save_next(clean, [act])


def scrubbed(purchase: Purchase) -> Purchase:
    """The purchase without free text, links, tracking and what the shopper's browser needs."""
    wish, checkout, hold = purchase.cancellation, purchase.checkout, purchase.hold
    return purchase.model_copy(
        update={
            "next_action": None,
            # Digital River's sentence, if it had one.
            "customer_message": None,
            "cancellation": wish and wish.model_copy(update={"reason": ERASED}),
            "hold": hold and hold.model_copy(update={"reason": ERASED}),
            "checkout": checkout and _without_session(checkout),
            "fulfillments": tuple(
                each.model_copy(update=_TRACKING) for each in purchase.fulfillments
            ),
            "refunds": tuple(
                each.model_copy(update={**_WORDS, "information": None}) for each in purchase.refunds
            ),
            "returns": tuple(each.model_copy(update=_WORDS) for each in purchase.returns),
            # Their file ids stay, so that nobody links them anew.
            "documents": tuple(
                each.model_copy(update={"url": ERASED, "expires_time": None})
                for each in purchase.documents
            ),
        }
    )


def scrubbed_detail(kind: EntryKind, detail: Mapping[str, Any]) -> dict[str, Any]:
    """What a timeline entry may go on to say; of acts and messages only that there were any."""
    if kind is EntryKind.STATE:
        return dict(detail)
    clean: dict[str, Any] = redact(detail)
    if kind is not EntryKind.ACT and "reason" in detail:
        clean["reason"] = detail["reason"]
    return {name: MASK if name == "message" else value for name, value in clean.items()}


def _without_session(checkout: Checkout) -> Checkout:
    payment = checkout.payment.model_copy(update={"session": None})
    return checkout.model_copy(update={"payment": payment})


async def _timeline(
    connection: AsyncConnection, purchase_id: str, entries: list[TimelineEntry]
) -> None:
    ours = timeline.c.purchase_id == purchase_id
    told = [
        {
            "number": entry.sequence,
            "clean": scrubbed_detail(entry.kind, entry.model_dump(mode="json")["detail"]),
        }
        for entry in entries
    ]
    if told:
        await connection.execute(
            update(timeline)
            .where(ours & (timeline.c.sequence == bindparam("number")))
            .values(detail=bindparam("clean", type_=timeline.c.detail.type)),
            told,
        )


async def _notices(connection: AsyncConnection, purchase_id: str) -> None:
    ours = notices.c.purchase_id == purchase_id
    query = select(notices.c.sequence, notices.c.body).where(ours)
    for row in (await connection.execute(query)).all():
        notice = Notice.model_validate_json(row.body)
        shipment = notice.data.shipment
        if shipment is not None:
            data = notice.data.model_copy(
                update={"shipment": shipment.model_copy(update=_TRACKING)}
            )
            body = notice.model_copy(update={"data": data}).body()
            await connection.execute(
                update(notices).where(ours & (notices.c.sequence == row.sequence)).values(body=body)
            )
    # A receiver's answer may repeat what it was sent.
    sent = deliveries.c.purchase_id == purchase_id
    await connection.execute(update(deliveries).where(sent).values(cause=None))


async def _claim(connection: AsyncConnection, purchase: Purchase) -> None:
    """The first answer too; the request itself is known by a hash, which goes as well."""
    ours = claims.c.purchase_id == purchase.id
    answer = purchase.model_dump_json(by_alias=True).encode()
    answered = ours & claims.c.answer.is_not(None)
    await connection.execute(update(claims).where(ours).values(fingerprint=ERASED))
    await connection.execute(update(claims).where(answered).values(answer=answer))
