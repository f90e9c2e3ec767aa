"""The pictures: which page of the Web UI each shows, and what has to be in sight there."""

from dataclasses import dataclass
from urllib.parse import quote

from .orders import CALLING, FAILING, WAITING


@dataclass(frozen=True)
class Picture:
    """A page of the Web UI; the list of all where no purchase is named."""

    name: str
    height: int
    """In pixels."""
    expects: str
    """A text that is there once the page is."""
    purchase: str | None = None
    tab: str = "user-metadata"

    @property
    def workflow(self) -> str:
        """The workflow's id, as it stands in an address."""
        return quote(f"purchase/{self.purchase}", safe="")


PICTURES = (
    Picture("list-of-purchases", 640, "order-1001"),
    Picture("waits-for-money", 1000, "Waits for", WAITING),
    Picture("needs-a-person", 1000, "A person is needed", CALLING),
    Picture("a-step-fails", 1000, "A step fails", FAILING),
    Picture("pending-activity", 640, "report shipment", FAILING, "pending-activities"),
    Picture("named-timers", 640, "payment window", WAITING, "timeline"),
)

COLUMNS = (
    "Status",
    "Workflow ID",
    "Type",
    "PurchaseState",
    "WaitingFor",
    "NextDeadline",
    "NeedsAttention",
    "DigitalRiverOrderId",
)
"""Of the list; the search attributes are what operators look for."""
