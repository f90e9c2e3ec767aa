"""Puts what others are to be told into the outbox, with the version that shows it or not at all."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ferryman.notices.facts import Fact, facts
from ferryman.notices.notice import NoticeType
from ferryman.notices.notification import Progress
from ferryman.purchase.purchase import Purchase

from .clock import SECOND, now
from .tables import notices, purchases

FOR_THE_REST = timedelta(seconds=30)
"""So long a notice is kept back for what belongs to it and has not been seen yet."""


class Posting:
    """What one version adds to the outbox, within the transaction that keeps the version."""

    def __init__(self, engine: AsyncEngine, connection: AsyncConnection) -> None:
        self._engine = engine
        self._connection = connection
        self._called: str | None = None

    async def look(self, purchase: Purchase) -> None:
        """See, before the version is kept, for which reason a person had been called already."""
        if purchase.needs_attention is not None:
            query = select(purchases.c.document).where(purchases.c.id == purchase.id)
            before = await self._connection.scalar(query.with_for_update())
            attention = json.loads(before)["needsAttention"] if before else None
            self._called = attention["reason"] if attention else None

    async def post(self, purchase: Purchase) -> None:
        """Number what is new; the row of the purchase is locked, so that no two number at once."""
        shown = list(facts(purchase))
        if not shown:
            return
        kept = await self._kept(purchase.id)
        new = [fact for fact in shown if fact.key not in kept and not self._is_told(fact)]
        rows = [self._row(fact, number) for number, fact in enumerate(new, len(kept) + 1)]
        if rows:
            await self._connection.execute(insert(notices).values(rows))
        for fact in shown:
            if fact.whole and fact.key in kept and not kept[fact.key].whole:
                await self._complete(fact, kept[fact.key].sequence)

    async def _kept(self, purchase_id: str) -> dict[str, Row[Any]]:
        columns: tuple[Column[Any], ...] = (notices.c.key, notices.c.sequence, notices.c.whole)
        query = select(*columns).where(notices.c.purchase_id == purchase_id)
        return {row.key: row for row in await self._connection.execute(query)}

    def _is_told(self, fact: Fact) -> bool:
        # A task that runs again calls for the same reason a moment later: still one call.
        attention = fact.purchase.needs_attention
        if fact.type is not NoticeType.NEEDS_ATTENTION or attention is None:
            return False
        return attention.reason == self._called

    def _row(self, fact: Fact, sequence: int) -> dict[str, Any]:
        patience = 0 if fact.whole else FOR_THE_REST.seconds * SECOND
        return {
            "purchase_id": fact.purchase.id,
            "sequence": sequence,
            "key": fact.key,
            "body": fact.notice(sequence).body(),
            "whole": fact.whole,
            "state": Progress.WAITING.value,
            "due": now(self._engine) + patience,
            "leased_until": 0,
            "attempts": 0,
            "tries": 0,
        }

    async def _complete(self, fact: Fact, sequence: int) -> None:
        """Say the rest too where nobody has been told yet; what was sent stays as it was."""
        ours = (notices.c.purchase_id == fact.purchase.id) & (notices.c.sequence == sequence)
        body = fact.notice(sequence).body()
        await self._connection.execute(
            update(notices)
            .where(ours, notices.c.attempts == 0)
            .values(body=body, whole=True, due=now(self._engine))
        )
