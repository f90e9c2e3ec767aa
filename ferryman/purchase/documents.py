"""Invoices and credit memos of a purchase."""

from enum import StrEnum

from .base import Moment, Noun


class DocumentKind(StrEnum):
    """What a document is ("Accessing invoices and credit memos")."""

    INVOICE = "invoice"
    CREDIT_MEMO = "credit_memo"


class Document(Noun):
    """An invoice or a credit memo, as a public link."""

    kind: DocumentKind
    file_id: str | None = None
    """Digital River's; it opens nothing without the confidential key."""
    url: str
    expires_time: Moment | None = None
