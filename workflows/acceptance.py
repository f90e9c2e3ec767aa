"""What the merchant says has come back of a return, while it waits for its turn."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.returns import Acceptance


class Wish:
    """One acceptance that the merchant has asked for, and how far it is."""

    def __init__(self, accepted: Acceptance) -> None:
        self.accepted = accepted
        self.answered = False
        self.refusal: ApplicationError | None = None
