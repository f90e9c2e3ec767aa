"""Tax identifiers: what a shopper tells of them becomes what Digital River knows them by."""

from collections.abc import Sequence

from ferryman.digital_river import models as wire
from ferryman.digital_river.client import DigitalRiver
from ferryman.digital_river.errors import Conflict, InvalidRequest, NotFound
from ferryman.purchase.parties import TaxIdentifier
from ferryman.purchase.readings import Problem

from . import translate

Given = Sequence[TaxIdentifier] | None


class Refused(Exception):
    """Digital River takes one of them for none; `problem` points at it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class TaxIdentifiers:
    """Finds and creates them; a registered shopper keeps theirs for the next purchase."""

    def __init__(self, digital_river: DigitalRiver) -> None:
        self._digital_river = digital_river

    async def known(
        self, given: Given, customer: wire.Customer | None
    ) -> tuple[TaxIdentifier, ...] | None:
        """All of them by id. Raises Refused where one is wrong or somebody else's.

        Of a guest each try creates it anew: nothing hangs on an identifier that no checkout has,
        and looking for its value would write that into the address of a call.
        """
        if given is None:
            return None
        return tuple([await self._known(at, each, customer) for at, each in enumerate(given)])

    async def _known(
        self, at: int, given: TaxIdentifier, customer: wire.Customer | None
    ) -> TaxIdentifier:
        if given.id is not None or given.type is None or given.value is None:
            return given
        for own in (customer.tax_identifiers if customer else None) or ():
            if (own.type, own.value) == (given.type, given.value):
                return TaxIdentifier(id=own.id)
        try:
            return TaxIdentifier(id=await self._create(given.type, given.value, customer))
        except (InvalidRequest, Conflict, NotFound) as refusal:
            problem = translate.problem(refusal)
            field = "type" if problem.pointer == "/type" else "value"
            pointer = f"/taxIdentifiers/{at}/{field}"
            raise Refused(problem.model_copy(update={"pointer": pointer})) from refusal

    async def _create(self, kind: str, value: str, customer: wire.Customer | None) -> str:
        made = await self._digital_river.create_tax_identifier(kind, value)
        if customer is not None:
            await self._digital_river.attach_tax_identifier(customer.id, made.id)
        return made.id
