"""Faults: what goes wrong between a caller and Digital River, on purpose."""

from collections.abc import Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from .wire import Json, new_id
from .world import World

Kind = Literal[
    "latency",
    "status",
    "reset_before",
    "reset_after",
    "status_after",
    "timeout_after",
    "late_commit",
    "wrong_body",
]


class Fault(BaseModel):
    """One entry of the fault plan: which calls, what happens, how often."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    id: str = Field(default_factory=lambda: new_id("fault_"))
    method: str | None = None
    path: str = "*"
    upstream_id: str | None = None
    kind: Kind
    status: int | None = Field(default=None, ge=400, le=599)
    retry_after: int | None = Field(default=None, ge=0)
    delay: timedelta | None = None
    times: int = Field(default=1, ge=0)
    probability: float = Field(default=1.0, ge=0, le=1)
    body: dict[str, Any] | None = None

    @property
    def answer_status(self) -> int:
        """The status to answer with, where none is given: the gateway's, or 503."""
        return self.status or (504 if self.kind == "late_commit" else 503)

    @property
    def pause(self) -> timedelta:
        """How long it takes, where nothing is given."""
        usual = {"timeout_after": 30.0, "late_commit": 3.0, "latency": 1.0}
        return self.delay if self.delay is not None else timedelta(seconds=usual.get(self.kind, 0))


def strike(
    world: World, faults: list[Fault], method: str, path: str, upstream_id: str | None
) -> Fault | None:
    """Give the first fault that hits a call, and use one of its times up; `times` 0 never ends."""
    for fault in faults:
        if not _meant(fault, method, path, upstream_id):
            continue
        if world.random.random() >= fault.probability:
            continue
        if fault.times == 1:
            faults.remove(fault)
        elif fault.times:
            fault.times -= 1
        return fault
    return None


def _meant(fault: Fault, method: str, path: str, upstream_id: str | None) -> bool:
    return (
        fault.method in (None, "*", method)
        and fnmatchcase(path, fault.path)
        and fault.upstream_id in (None, upstream_id)
    )


def upstream_of(
    world: World, path: str, query: Mapping[str, str], body: Json, header: str | None
) -> str | None:
    """Find out which purchase a call is about: by what it names, else by its `upstream-id`."""
    if isinstance(body.get("upstreamId"), str):
        return str(body["upstreamId"])
    named = [*path.split("/"), query.get("checkoutId"), query.get("orderId")]
    named += [value for value in (body.get("checkoutId"), body.get("orderId")) if value]
    for identity in named:
        found = _upstream_by_id(world, str(identity))
        if found is not None:
            return found
    return query.get("upstreamIds") or header


def _upstream_by_id(world: World, identity: str) -> str | None:
    if identity in world.fulfillments:
        identity = world.fulfillments[identity]["orderId"]
    elif identity in world.refunds:
        identity = world.refunds[identity]["orderId"]
    elif identity in world.returns:
        identity = world.returns[identity]["orderId"]
    holder = world.checkouts.get(identity) or world.orders.get(identity)
    holder = holder or world.charges.get(identity)
    return holder.upstream_id if holder else None


def describe_fault(fault: Fault) -> Json:
    """Write a fault as the controls show it."""
    document: Json = fault.model_dump(mode="json", by_alias=True, exclude_none=True)
    return document
