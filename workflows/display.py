"""What operators see of a refund or a return: in the Web UI, and by search."""

import shlex
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from ferryman import search_attributes as keys

from .awaited import Awaited
from .explaining import MOST_TOLD, WAITS_FOR, failing_step, moment, person, table
from .happenings import quoted
from .situation import Failing

_AWAITED: Mapping[str, Awaited] = {
    "requested": Awaited(
        "Digital River's answer",
        "Digital River",
        "the step goes on until it has come through; no second one is asked for",
    ),
    "held": Awaited(
        "the end of the dispute over the order",
        "the shopper's bank",
        "Digital River is not asked before; afterwards it goes out by itself",
    ),
    "pending": Awaited(
        "Digital River pays it out",
        "Digital River",
        "it is looked at every now and then, and with each event of it",
    ),
    "pending_information": Awaited(
        "the shopper says where the money shall go",
        "the shopper, with the token that the storefront gets with the refund",
        "it is looked at every now and then; unanswered it becomes `expired`, and a person is"
        " called (`refund_failed`)",
    ),
    "created": Awaited(
        "the goods come back and are accepted",
        "the shopper, then the merchant's warehouse",
        "it is looked at every now and then; nothing is refunded before",
    ),
    "accepted": Awaited(
        "Digital River's refunds for what came back",
        "Digital River",
        "for 30 days it is looked for them; each is followed by a workflow of its own",
    ),
}
_ENDS: Mapping[str, str] = {
    "succeeded": "The money is on its way to the shopper.",
    "failed": "The money did not go out. A new refund needs a new `refundId`.",
    "expired": "The shopper never said where to. A new refund needs a new `refundId`.",
    "refused": "Digital River did not take it.",
}


class Display:
    """One refund or return in the Web UI; `noun` is its workflow's type."""

    def __init__(self, noun: str, purchase_id: str, own_id: str, order_id: str) -> None:
        self._noun = noun
        self._path = f"/purchases/{purchase_id}/{noun.lower()}s/{own_id}"
        self._what = f"{noun} {quoted(own_id)} of purchase `{purchase_id}`"
        self._order_id = order_id
        self._happened: deque[str] = deque(maxlen=MOST_TOLD)

    def note(self, name: str) -> None:
        """Something happened."""
        at = workflow.now()
        self._happened.append(f"- `{at:%m-%d %H:%M:%S}` {name.replace('_', ' ')}")

    def show(
        self,
        state: str,
        waits: str | None,
        attention: str | None = None,
        *,
        failing: Failing | None = None,
        until: datetime | None = None,
    ) -> None:
        """Show how far it is, on whom it waits, and why a person has to look."""
        parts = [
            f"### {state}",
            f"{self._what}, order {quoted(self._order_id)}.",
            person(attention) if attention else "",
            failing_step(failing) if failing else "",
            _wait(state, until),
            "\n".join(("**What happened**, in UTC:\n", *self._happened)) if self._happened else "",
            self._choices(state),
        ]
        workflow.set_current_details("\n\n".join(part for part in parts if part))
        _make_searchable(self._order_id, waits, attention)

    def _choices(self, state: str) -> str:
        calls = [quoted(f"GET {self._path}")]
        if state == "created":
            calls.append(quoted(f"POST {self._path}/accept"))
        said = f"**The merchant** may call {', '.join(calls)}."
        if state not in _AWAITED:
            return said
        own = shlex.quote(workflow.info().workflow_id)
        line = f"temporal workflow signal --workflow-id {own} --name look"
        return f"{said}\n\n**An operator** may let it look again now:\n\n```sh\n{line}\n```"


def _wait(state: str, until: datetime | None) -> str:
    awaited = _AWAITED.get(state)
    if awaited is None:
        return _ENDS.get(state, "")
    return table(
        (WAITS_FOR, awaited.what),
        ("From", awaited.whom),
        ("Until", moment(until) if until else "no limit"),
        ("Meanwhile", awaited.meanwhile),
    )


def _make_searchable(order_id: str, waits: str | None, attention: str | None) -> None:
    """Tell the search what is new; what stands there already would cost an event."""
    standing = workflow.info().typed_search_attributes
    told = {keys.ORDER_ID: order_id, keys.WAITING_FOR: waits, keys.NEEDS_ATTENTION: attention}
    updates: list[SearchAttributeUpdate[Any]] = [
        key.value_unset() if value is None else key.value_set(value)
        for key, value in told.items()
        if value != standing.get(key)
    ]
    if updates:
        workflow.upsert_search_attributes(updates)
