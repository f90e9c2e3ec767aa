"""Documents of a purchase whose workflow has closed: linked, and shown in its record."""

from collections.abc import Iterable
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.after_sale import AfterSaleActivities, Closed, ClosedPurchase
    from activities.records import RecordActivities, Saving
    from ferryman.purchase.documents import Document
    from ferryman.purchase.purchase import Purchase
    from ferryman.purchase.readings import DocumentFile
    from ferryman.purchase.timeline import EntryKind, TimelineEntry

from . import documents
from .keeping import until_kept
from .steps import PATIENT

STEP = timedelta(minutes=1)


async def keep(purchase_id: str, files: Iterable[DocumentFile]) -> None:
    """Show a link to each of these files; one that never comes is left out."""
    for file in files:
        document = await documents.link(purchase_id, file)
        if document is not None:
            await _show(purchase_id, document)


def missing(purchase: Purchase, files: Iterable[DocumentFile]) -> list[DocumentFile]:
    """Those of these files that the purchase does not show, each once."""
    known = {document.file_id for document in purchase.documents}
    return list({file.file_id: file for file in files if file.file_id not in known}.values())


async def _show(purchase_id: str, document: Document) -> None:
    async def attempt() -> bool:
        found = await _closed(purchase_id)
        if found is None or document.file_id in {one.file_id for one in found.purchase.documents}:
            return True
        return await _save(found, document)

    await until_kept(attempt)


async def _closed(purchase_id: str) -> ClosedPurchase | None:
    return await workflow.execute_activity_method(
        AfterSaleActivities.closed,
        Closed(purchase_id=purchase_id),
        start_to_close_timeout=STEP,
        retry_policy=PATIENT,
        summary="read the record",
    )


async def _save(found: ClosedPurchase, document: Document) -> bool:
    before, now = found.purchase, workflow.now()
    entry = TimelineEntry(
        sequence=found.sequence + 1,
        time=now,
        kind=EntryKind.STEP,
        name="document_linked",
        detail={"document": document.kind.value, "fileId": document.file_id},
    )
    changes = {
        "version": before.version + 1,
        "updated_time": now,
        "documents": (*before.documents, document),
    }
    return await workflow.execute_activity_method(
        RecordActivities.save_next,
        Saving(purchase=before.model_copy(update=changes), entries=(entry,)),
        start_to_close_timeout=STEP,
        retry_policy=PATIENT,
        summary="keep the record",
    )
