"""Keeping the record of a purchase true."""

from temporalio import activity

from ferryman.purchase.base import Noun
from ferryman.purchase.purchase import Purchase
from ferryman.purchase.timeline import TimelineEntry
from ferryman.records import Records


class Saving(Noun):
    """A version of a purchase, with what has happened since the one before."""

    purchase: Purchase
    entries: tuple[TimelineEntry, ...] = ()
    shown: int = 0
    """So many of the entries have been shown in passing before."""


class RecordActivities:
    """Steps that write the records; writing a version again changes nothing."""

    def __init__(self, records: Records) -> None:
        self._records = records

    @activity.defn(name="save_record")
    async def save(self, saving: Saving) -> None:
        """Keep this version, unless a newer one is there."""
        await self._records.save(saving.purchase, saving.entries)

    @activity.defn(name="save_next_record")
    async def save_next(self, saving: Saving) -> bool:
        """Keep this version over the one before it; False where that is not the newest any more."""
        return await self._records.save_next(saving.purchase, saving.entries)
