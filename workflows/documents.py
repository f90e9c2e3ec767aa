"""Invoices and credit memos: one public link for each file, made beside the flow."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.documents import DocumentActivities, LinkFile
    from ferryman.purchase.documents import Document, DocumentKind
    from ferryman.purchase.messages import ProviderEvent
    from ferryman.purchase.readings import DocumentFile, OrderReading
    from ferryman.purchase.timeline import EntryKind

from .case import Case
from .steps import ONCE, PATIENT

STEP = timedelta(minutes=1)
QUICK = timedelta(seconds=3)
HOPE = timedelta(hours=72)
"""A file may be announced before it is there; one that never comes holds nothing up for ever."""
_CREDIT_MEMO = "order.credit_memo."


def follow(case: Case, reading: OrderReading) -> None:
    """Show what this look has linked, and have a link made for what nobody has linked."""
    for file_id, document in reading.links.items():
        _show(case, file_id, document)
    for file in reading.documents:
        take(case, file)


def take(case: Case, file: DocumentFile) -> None:
    """Have a link made for this file, unless it has or had been asked for."""
    if file.file_id not in case.documents:
        case.documents[file.file_id] = None
        case.beside(_link(case, file))


def told_of(event: ProviderEvent) -> DocumentFile | None:
    """The file that an event tells of; the order may show it only later."""
    if event.file_id is None:
        return None
    memo = event.name.startswith(_CREDIT_MEMO)
    kind = DocumentKind.CREDIT_MEMO if memo else DocumentKind.INVOICE
    return DocumentFile(kind=kind, file_id=event.file_id)


async def link(purchase_id: str, file: DocumentFile) -> Document | None:
    """The public link to a file; None where the file has not come in three days."""
    asked, summary = LinkFile(purchase_id=purchase_id, file=file), f"link the {file.kind}"
    try:
        return await workflow.execute_local_activity_method(
            DocumentActivities.link,
            asked,
            start_to_close_timeout=QUICK,
            retry_policy=ONCE,
            summary=summary,
        )
    except FailureError as error:
        if is_cancelled_exception(error):
            raise
        return await _link_when_there(asked, summary)


async def _link_when_there(asked: LinkFile, summary: str) -> Document | None:
    try:
        return await workflow.execute_activity_method(
            DocumentActivities.link,
            asked,
            start_to_close_timeout=STEP,
            schedule_to_close_timeout=HOPE,
            retry_policy=PATIENT,
            summary=summary,
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        return None


async def _link(case: Case, file: DocumentFile) -> None:
    document = await link(case.id, file)
    if document is not None:
        _show(case, file.file_id, document)
    else:
        case.note(EntryKind.STEP, "document_missing", document=file.kind.value, fileId=file.file_id)
    await case.publish()


def _show(case: Case, file_id: str, document: Document) -> None:
    case.documents[file_id] = document
    case.note(EntryKind.STEP, "document_linked", document=document.kind.value, fileId=file_id)
