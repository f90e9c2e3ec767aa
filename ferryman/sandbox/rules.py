"""Event rules: what the sandbox does to events on their way, to prove that receivers cope."""

from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from .wire import Json, new_id
from .world import EventRecord, World

Action = Literal["hold", "drop", "duplicate", "delay", "shuffle"]


class Rule(BaseModel):
    """One rule: which events, and what becomes of them."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    id: str = Field(default_factory=lambda: new_id("rule_"))
    upstream_id: str | None = None
    types: list[str] = ["*"]
    action: Action
    copies: int = Field(default=2, ge=1, le=100)
    by: timedelta = timedelta(seconds=2)
    window: timedelta = timedelta(seconds=1)
    probability: float = Field(default=1.0, ge=0, le=1)

    def matches(self, record: EventRecord) -> bool:
        """Say whether the rule is for an event."""
        ours = self.upstream_id in (None, record.upstream_id)
        return ours and any(fnmatchcase(record.event["type"], kind) for kind in self.types)


@dataclass
class Plan:
    """What the rules make of one event: held, dropped, or sent once or more, each after a while."""

    fate: Literal["send", "hold", "drop"] = "send"
    delays: list[timedelta] = field(default_factory=list)


def plan(world: World, rules: list[Rule], record: EventRecord) -> Plan:
    """Combine the rules for an event; dropping beats holding, holding beats sending."""
    matching = [rule for rule in rules if rule.matches(record)]
    found = [rule for rule in matching if world.random.random() < rule.probability]
    actions = {rule.action for rule in found}
    for rule in found:
        if rule.action == "duplicate":
            record.copies *= rule.copies
    if "drop" in actions:
        return Plan("drop")
    if "hold" in actions:
        return Plan("hold")
    fixed = sum((rule.by for rule in found if rule.action == "delay"), timedelta())
    window = sum((rule.window for rule in found if rule.action == "shuffle"), timedelta())
    delays = [fixed + window * world.random.random() for _ in range(record.copies)]
    return Plan("send", delays)


def describe_rule(rule: Rule) -> Json:
    """Write a rule as the controls show it."""
    document: dict[str, Any] = rule.model_dump(mode="json", by_alias=True, exclude_none=True)
    return document
