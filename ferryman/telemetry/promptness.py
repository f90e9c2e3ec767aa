"""How long it takes from an event that the API has handed over until the record shows it.

The time at which the API sent it travels in Temporal's headers: with the signal, then with the
step that keeps the version of the purchase in which the event was heard.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from prometheus_client import Histogram
from temporalio import client, worker, workflow

from .correlation import read, written

EVENTS = "provider_events"
KEEPING = "save_record"
SENT = "ferryman-sent"
"""When the oldest event in it was sent, in seconds since 1970 by the sender's clock."""

_MOST = 1_000

applied = Histogram(
    "ferryman_event_applied_seconds",
    "From an event handed over until its purchase's record shows it.",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300),
)


class Promptness(client.Interceptor, worker.Interceptor):
    """Times events on their way; a worker takes it over from its client."""

    def intercept_client(self, inner: client.OutboundInterceptor) -> client.OutboundInterceptor:
        """Note when events are sent."""
        return _Sending(inner)

    def intercept_activity(
        self,
        inner: worker.ActivityInboundInterceptor,
    ) -> worker.ActivityInboundInterceptor:
        """Note when it is kept."""
        return _Keeping(inner)

    def workflow_interceptor_class(
        self, asked: worker.WorkflowInterceptorClassInput
    ) -> type[worker.WorkflowInboundInterceptor]:
        """Bring the two together."""
        del asked
        return _Hearing


class _Sending(client.OutboundInterceptor):
    async def signal_workflow(self, asked: client.SignalWorkflowInput) -> None:
        if asked.signal == EVENTS:
            asked.headers = {**asked.headers, SENT: written(round(time.time(), 3))}
        await super().signal_workflow(asked)


class _Hearing(worker.WorkflowInboundInterceptor):
    def __init__(self, inner: worker.WorkflowInboundInterceptor) -> None:
        super().__init__(inner)
        self._sent: dict[str, float] = {}

    def init(self, outbound: worker.WorkflowOutboundInterceptor) -> None:
        super().init(_Passing(outbound, self))

    async def handle_signal(self, asked: worker.HandleSignalInput) -> None:
        sent = read(asked.headers, SENT)
        if sent is not None and asked.args and len(self._sent) < _MOST:
            for event in asked.args[0]:
                self._sent.setdefault(event.id, sent)
        await super().handle_signal(asked)

    def oldest(self, arguments: Sequence[Any]) -> float | None:
        """When the first of the events was sent that are kept now; they are not timed again.

        Nor are those that have been shown before.
        """
        if not self._sent:
            return None
        for shown in _shown(arguments):
            self._sent.pop(shown, None)
        sent = [self._sent.pop(heard, None) for heard in _heard(arguments)]
        return min((each for each in sent if each is not None), default=None)


class _Passing(worker.WorkflowOutboundInterceptor):
    def __init__(self, inner: worker.WorkflowOutboundInterceptor, hearing: _Hearing) -> None:
        super().__init__(inner)
        self._hearing = hearing

    def start_activity(self, asked: worker.StartActivityInput) -> workflow.ActivityHandle[Any]:
        self._pass(asked)
        return super().start_activity(asked)

    def start_local_activity(
        self, asked: worker.StartLocalActivityInput
    ) -> workflow.ActivityHandle[Any]:
        self._pass(asked)
        return super().start_local_activity(asked)

    def _pass(self, starting: worker.StartActivityInput | worker.StartLocalActivityInput) -> None:
        if starting.activity != KEEPING:
            return
        sent = self._hearing.oldest(starting.args)
        if sent is not None:
            starting.headers = {**starting.headers, SENT: written(sent)}


class _Keeping(worker.ActivityInboundInterceptor):
    async def execute_activity(self, asked: worker.ExecuteActivityInput) -> Any:
        result = await super().execute_activity(asked)
        sent = read(asked.headers, SENT)
        if sent is not None:
            applied.observe(max(time.time() - sent, 0.0))
        return result


def _heard(arguments: Sequence[Any]) -> Iterator[str]:
    """Events that are told now for the first time."""
    saving = arguments[0] if arguments else None
    return _events(getattr(saving, "entries", ())[getattr(saving, "shown", 0) :])


def _shown(arguments: Sequence[Any]) -> Iterator[str]:
    saving = arguments[0] if arguments else None
    return _events(getattr(saving, "entries", ())[: getattr(saving, "shown", 0)])


def _events(entries: Sequence[Any]) -> Iterator[str]:
    return (str(entry.detail.get("id")) for entry in entries if entry.kind == "event")
