"""Invoices and credit memos: a file, its link on the order, and the event that tells of it."""

from .events import emit
from .files import store_file
from .transitions import touch
from .wire import Json, present
from .world import Order, World

_INVOICING = (
    "DR_INC-ENTITY",
    "C5_INC-ENTITY",
    "DR_IRELAND-ENTITY",
    "DR_UK-ENTITY",
    "DR_JAPAN-ENTITY",
)
"""Who sends invoices (Accessing invoices and credit memos)."""
_HOST = "https://api.digitalriver.com"


def issue_invoice(world: World, order: Order) -> None:
    """Issue the invoice of a complete order; a free one has none, nor some sellers' orders."""
    if order.total and order.doc["sellingEntity"].get("id") in _INVOICING:
        _issue(world, order, "customer_invoice", "invoicePDFs", "order.invoice.created")


def issue_credit_memo(world: World, order: Order) -> None:
    """Issue the credit memo of a refund."""
    kind = "order.credit_memo.created"
    _issue(world, order, "customer_credit_memo", "creditMemoPDFs", kind)


def _issue(world: World, order: Order, purpose: str, field: str, kind: str) -> None:
    content = f"%PDF-1.4\n% {purpose} of order {order.id}\n".encode()
    file = store_file(world, purpose, f"{purpose}_{order.id}.pdf", content)
    url = f"{_HOST}/files/{file['id']}/content"
    shown: Json = {"id": file["id"], "url": url, "liveMode": False}
    order.doc.setdefault(field, []).append(shown)
    touch(world, order)
    subject = present(
        id=file["id"],
        fileId=file["id"],
        orderId=order.id,
        customerId=order.doc.get("customerId"),
        purpose=purpose,
        invoiceURL=url,
    )
    emit(world, kind, subject, order.upstream_id)
