"""What log lines and the provider's calls know of each other."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tests.monitoring.running import Running


class Facts:
    """Who has written down which ids together."""

    def __init__(self, system: Running, provider: Iterable[Mapping[str, Any]]) -> None:
        ids = ("request_id", "purchase_id", "workflow_id", "event_id")
        self._facts: list[tuple[str, dict[str, str]]] = [
            (place, {name: line[name] for name in ids if line.get(name)})
            for place in ("api", "worker")
            for line in system.lines(place)
        ]
        self._facts += [
            (
                "provider",
                {"request_id": each["callersRequestId"], "purchase_id": each["upstreamId"]},
            )
            for each in provider
            # What the sweep has found is looked at for nobody's request.
            if each["callersRequestId"]
        ]
        self._with: dict[str, list[int]] = defaultdict(list)
        for number, (_, fact) in enumerate(self._facts):
            for value in fact.values():
                self._with[value].append(number)

    def one(self, purchase_id: str, at: str, name: str) -> str:
        """An id of this kind that stands beside the purchase's at this place."""
        mine = (self._facts[number] for number in self._with[purchase_id])
        return next(fact[name] for place, fact in mine if place == at and name in fact)

    def lead(self, start: str, purchase_id: str) -> bool:
        """Go from an id to all lines that have it, on to their other ids, and so on."""
        known, left, places, purchases = {start}, [start], set(), set()
        while left:
            for number in self._with[left.pop()]:
                place, fact = self._facts[number]
                places.add(place)
                purchases.add(fact.get("purchase_id", purchase_id))
                new = set(fact.values()) - known
                known |= new
                left += new
        everywhere = {"api", "worker", "provider"} == places
        return everywhere and {purchase_id} == purchases and f"purchase/{purchase_id}" in known
