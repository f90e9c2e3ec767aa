"""Where a payload belongs: the workflow that it is bound to, and whose data key encrypts it."""

import re
from dataclasses import dataclass

_OF_A_PURCHASE = frozenset({"purchase", "refund", "return"})
"""The first part of the workflow ids whose second part is the purchase's id."""
_OF_ITS_OWN = frozenset({"parked-event"})
# Temporal puts the time of the start behind the id that a schedule gives.
_STARTED_AT = re.compile(r"-\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z\Z")


@dataclass(frozen=True)
class Place:
    """A namespace and the id of a workflow in it."""

    namespace: str
    workflow_id: str

    @property
    def bound(self) -> bytes:
        """The additional data of AES-GCM: what was encrypted for one place decrypts there alone."""
        return f"ferryman\0{self.namespace}\0{self.workflow_id}".encode()

    def holds(self, other: "Place") -> bool:
        """Tell whether what is bound to `other` may be read here.

        A schedule knows the beginning of its workflows' ids only, and hands each of them what the
        one before has given.
        """
        if self == other:
            return True
        schedule, started = _parted(self.workflow_id)
        return (
            bool(started)
            and _kind(schedule) not in _OF_A_PURCHASE | _OF_ITS_OWN
            and (self.namespace, schedule) == (other.namespace, _parted(other.workflow_id)[0])
        )


def _parted(workflow_id: str) -> tuple[str, str]:
    """A schedule's own part of an id, and the time that Temporal put behind it, if any."""
    found = _STARTED_AT.search(workflow_id)
    return (workflow_id, "") if found is None else (workflow_id[: found.start()], found[0])


def _kind(workflow_id: str) -> str:
    return workflow_id.partition("/")[0]


def subject_of(workflow_id: str) -> str:
    """Whose data key it is: the purchase's, for its refunds and returns too.

    An event that belongs to nobody yet has one of its own; all other workflows hold nothing of
    a person and share one by kind.
    """
    kind, _, rest = workflow_id.partition("/")
    if kind in _OF_A_PURCHASE and rest:
        return f"purchase/{rest.partition('/')[0]}"
    return workflow_id if kind in _OF_ITS_OWN else kind
