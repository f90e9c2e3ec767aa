"""What may be done about a purchase now: the merchant's calls and the operators' acts."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from ferryman.purchase.operations import Operation
from ferryman.purchase.rules import Call

from .happenings import GAP

_METHODS: Mapping[Call, str] = {Call.PATCH: "PATCH", Call.SOURCE: "PUT"}
_ACTS: Mapping[Operation, str] = {
    Operation.RETRY: "tries the failing step at once, or asks again for what was refused",
    Operation.REREAD: "reads Digital River's order now and follows it",
    Operation.ADOPT_ORDER: "takes an order that you have found at Digital River",
    Operation.EXTEND_DEADLINE: "moves the end of this wait",
    Operation.ACCEPT_LATE_PAYMENT: "keeps the money that came late, as a new purchase",
    Operation.FORCE_CANCEL: "ends the purchase and cancels what is open at Digital River",
    Operation.HOLD: "lets no goods leave",
    Operation.RELEASE: "lets goods leave again",
}


def merchants(purchase_id: str, calls: Iterable[Call]) -> str:
    """The calls that the merchant may make; empty where none is allowed."""
    named = [f"`{_METHODS.get(call, 'POST')}{_path(call)}`" for call in calls]
    listed = ", ".join(named)
    return f"**The merchant** may call, of `/purchases/{purchase_id}`: {listed}." if named else ""


def operators(
    purchase_id: str,
    workflow_id: str,
    legal: Iterable[Operation],
    later: datetime | None,
    *,
    several_late: bool = False,
) -> str:
    """The acts that are legal, each with the line that carries it out; empty where none is.

    `later` is what an extended deadline could be; of several orders paid late one has to be named.
    """
    acts = [*legal]
    if not acts:
        return ""
    rows = [f"| `{act}`{GAP} | {_ACTS[act]} |" for act in acts]
    named = {Operation.ADOPT_ORDER} | ({Operation.ACCEPT_LATE_PAYMENT} if several_late else set())
    lines = [_line(workflow_id, act, later, names_order=act in named) for act in acts]
    table = "\n".join(("| act | what it does |", "|---|---|", *rows))
    return (
        f"**An operator** may, by `POST /purchases/{purchase_id}/operations` or by these lines:\n\n"
        f"{table}\n\n```sh\n" + "\n".join(lines) + "\n```"
    )


def _path(call: Call) -> str:
    """Below the purchase, whose own address takes the change."""
    return "" if call is Call.PATCH else f" …/{call}"


def _line(workflow_id: str, act: Operation, later: datetime | None, *, names_order: bool) -> str:
    given = {"action": act.value, "reason": "WHY", "actor": "WHO"}
    if names_order:
        given["orderId"] = "ORDER"
    if act is Operation.EXTEND_DEADLINE:
        given["until"] = f"{later:%Y-%m-%dT%H:%M:%SZ}" if later else "WHEN"
    return (
        f"temporal workflow update execute -w {workflow_id} --name operate \\\n"
        f"  --input '{json.dumps(given, separators=(',', ':'))}'"
    )
