"""The events of the last 30 days, and where they are sent."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from ferryman.digital_river.errors import Unavailable
from ferryman.digital_river.events import Event, MalformedEvent, read_event
from ferryman.digital_river.models import Page, Webhook

from .base import Body, Calls, Filters, read


class EventCalls(Calls):
    """Calls on `/events` and `/webhooks`."""

    async def list_events(
        self,
        *,
        created_time_gte: datetime | None = None,
        types: Sequence[str] | None = None,
        starting_after: str | None = None,
        limit: int = 100,
    ) -> Page[Event]:
        """Find events, newest first; fewer than 20 types, for 30 days ("Events").

        An entry that is no event is logged and left out, so that it cannot hide the others.
        """
        filters: Filters = {
            "createdTime[gte]": created_time_gte,
            "types": types,
            "startingAfter": starting_after,
            "limit": limit,
        }
        page = await self._get(Page[Any], "events", filters=filters)
        return Page[Event](has_more=page.has_more, data=tuple(self._readable(page.data)))

    def _readable(self, documents: Iterable[Any]) -> Iterator[Event]:
        for document in documents:
            try:
                yield read_event(document)
            except MalformedEvent as error:
                self._transport.log.warning("digital_river_event_left_out", cause=str(error))

    async def get_event(self, event_id: str) -> Event:
        """Read an event."""
        document = await self._transport.call("GET", ("events", event_id))
        try:
            return read_event(document)
        except MalformedEvent as error:
            raise Unavailable(cause=f"the answer is no event: {error}") from error

    async def create_webhook(self, body: Body) -> Webhook:
        """Have events of some `types` sent to an `address`; its secret shows in the Dashboard."""
        return await self._post(Webhook, "webhooks", body=body)

    async def list_webhooks(self) -> tuple[Webhook, ...]:
        """Read all webhooks."""
        document = await self._transport.call("GET", ("webhooks",))
        # The pages show a page, the OpenAPI document a bare array.
        page = {"data": document} if isinstance(document, list) else document
        return read(Page[Webhook], page, Unavailable).data

    async def get_webhook(self, webhook_id: str) -> Webhook:
        """Read a webhook."""
        return await self._get(Webhook, "webhooks", webhook_id)

    async def update_webhook(self, webhook_id: str, body: Body) -> Webhook:
        """Change a webhook, or enable it again after Digital River gave up on it."""
        return await self._patch(Webhook, "webhooks", webhook_id, body=body)
