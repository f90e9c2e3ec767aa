"""What is kept in SQL: purchases and their timelines, first answers, and the common pace."""

from .engine import RecordsUnavailable
from .pace import DatabasePace
from .records import Claim, Page, PurchaseExists, Records, UnknownCursor

__all__ = [
    "Claim",
    "DatabasePace",
    "Page",
    "PurchaseExists",
    "Records",
    "RecordsUnavailable",
    "UnknownCursor",
]
