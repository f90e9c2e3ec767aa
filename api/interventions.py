"""The operators' acts, as one route: who acts is the name of the key."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from ferryman.purchase.messages import Intervention, OperatorsAct
from ferryman.purchase.operations import OPERATIONS, Operation, explained, refusal_of_closed
from ferryman.purchase.purchase import Purchase
from ferryman.purchase.rules import Verdict
from ferryman.purchase.states import State
from ferryman.records import Records
from ferryman.setting_types import Scope

from .authorization import caller_of
from .bodies import read_as, read_json
from .idempotency import optional_key_of
from .keys import ACTING
from .purchases import purchase_of
from .routes import Route


@dataclass(frozen=True)
class Intervening:
    """One act, judged by the table of the operators' acts."""

    argument: Intervention
    identity: tuple[Any, ...]
    update: str = "operate"

    def is_over(self, state: State) -> bool:
        """Tell nothing by the state: whether its workflow has closed, that alone knows."""
        del state
        return False

    def verdict(self, state: State) -> Verdict:
        """Judge by the state alone; the workflow knows the rest."""
        legal = self.argument.action in OPERATIONS[state]
        return Verdict.TAKE if legal else Verdict.REFUSE

    async def stands(self, purchase: Purchase, records: Records) -> bool:
        """Tell whether the late money that it is about is kept already."""
        keeper, act = purchase.continued_as, self.argument
        if keeper is None or act.action is not Operation.ACCEPT_LATE_PAYMENT:
            return False
        if act.order_id is None:
            # More may have come since, for which a person is called.
            return purchase.needs_attention is None
        return keeper == await records.owner_of_order(act.order_id)

    def refusal(self, state: State) -> str:
        """Say that a workflow which has ended takes no act."""
        return refusal_of_closed(state, self.argument.action)

    def explained(self, reason: str, state: State) -> str:
        """Add the state, and what it allows instead, to what the workflow says."""
        return explained(reason, state, self.argument.action)


async def operate(request: web.Request) -> web.Response:
    """Intervene; the same body on the same version, or under the same key, is the same act."""
    key = optional_key_of(request)
    document = await read_json(request)
    wanted = read_as(OperatorsAct, document)
    actor = caller_of(request)
    purchase = await purchase_of(request)
    once = purchase.version if key is None else key
    act = Intervening(Intervention(**dict(wanted), actor=actor), (actor, document, once))
    return await request.app[ACTING].perform(purchase, act)


ROUTES = (
    Route(
        method="POST",
        path="/purchases/{id}/operations",
        handler=operate,
        access=Scope.OPERATOR,
        summary="Intervene as an operator; refused with what is legal instead",
        takes=OperatorsAct,
        gives={200: Purchase, 202: Purchase},
        refuses=(400, 404, 408, 409, 413, 415, 422, 429, 503),
    ),
)
