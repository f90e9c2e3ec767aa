"""One id through everything: from a request through Temporal to the provider's call and all logs.

What the outside said last to a workflow is what its next steps are done for. They carry that
request's id in Temporal's headers; it costs a few bytes and no event.
"""

import json
from collections.abc import Mapping
from typing import Any

from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars
from temporalio import client, worker, workflow
from temporalio.api.common.v1 import Payload

REQUEST_ID = "request_id"
HEADER = "ferryman-request-id"

Headers = Mapping[str, Payload]


def current() -> str | None:
    """The id of the request in whose course this runs."""
    request_id = get_contextvars().get(REQUEST_ID)
    return request_id if isinstance(request_id, str) else None


def written(value: object) -> Payload:
    """Write a small value as a header; headers pass by the codec and so must tell no secret."""
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(value).encode())


def read(headers: Headers, name: str) -> Any:
    """Read a header of ours; None where there is none."""
    payload = headers.get(name)
    return None if payload is None else json.loads(payload.data)


class Correlation(client.Interceptor, worker.Interceptor):
    """Carries the id; a worker takes it over from its client."""

    def intercept_client(self, inner: client.OutboundInterceptor) -> client.OutboundInterceptor:
        """Send the id along with what the client asks."""
        return _FromClient(inner)

    def intercept_activity(
        self,
        inner: worker.ActivityInboundInterceptor,
    ) -> worker.ActivityInboundInterceptor:
        """Have the lines of an activity name the id."""
        return _IntoActivity(inner)

    def workflow_interceptor_class(
        self, asked: worker.WorkflowInterceptorClassInput
    ) -> type[worker.WorkflowInboundInterceptor]:
        """Hand the id on through the workflow."""
        del asked
        return _ThroughWorkflow


class _FromClient(client.OutboundInterceptor):
    async def start_workflow(
        self, asked: client.StartWorkflowInput
    ) -> client.WorkflowHandle[Any, Any]:
        asked.headers = _stamped(asked.headers)
        return await super().start_workflow(asked)

    async def signal_workflow(self, asked: client.SignalWorkflowInput) -> None:
        asked.headers = _stamped(asked.headers)
        await super().signal_workflow(asked)

    async def start_workflow_update(
        self, asked: client.StartWorkflowUpdateInput
    ) -> client.WorkflowUpdateHandle[Any]:
        asked.headers = _stamped(asked.headers)
        return await super().start_workflow_update(asked)

    async def start_update_with_start_workflow(
        self, asked: client.StartWorkflowUpdateWithStartInput
    ) -> client.WorkflowUpdateHandle[Any]:
        for each in (asked.start_workflow_input, asked.update_workflow_input):
            each.headers = _stamped(each.headers)
        return await super().start_update_with_start_workflow(asked)


class _ThroughWorkflow(worker.WorkflowInboundInterceptor):
    latest: Payload | None = None
    """The id in what was said last."""

    def init(self, outbound: worker.WorkflowOutboundInterceptor) -> None:
        super().init(_FromWorkflow(outbound, self))

    async def execute_workflow(self, asked: worker.ExecuteWorkflowInput) -> Any:
        if self.latest is None:
            self._take(asked.headers)
        return await super().execute_workflow(asked)

    async def handle_signal(self, asked: worker.HandleSignalInput) -> None:
        self._take(asked.headers)
        await super().handle_signal(asked)

    async def handle_update_handler(self, asked: worker.HandleUpdateInput) -> Any:
        self._take(asked.headers)
        return await super().handle_update_handler(asked)

    def _take(self, headers: Headers) -> None:
        request_id = read(headers, HEADER)
        if request_id is not None:
            self.latest = headers[HEADER]
            bind_contextvars(**{REQUEST_ID: request_id})


class _FromWorkflow(worker.WorkflowOutboundInterceptor):
    def __init__(self, inner: worker.WorkflowOutboundInterceptor, course: _ThroughWorkflow) -> None:
        super().__init__(inner)
        self._course = course

    def start_activity(self, asked: worker.StartActivityInput) -> workflow.ActivityHandle[Any]:
        asked.headers = self._stamped(asked.headers)
        return super().start_activity(asked)

    def start_local_activity(
        self, asked: worker.StartLocalActivityInput
    ) -> workflow.ActivityHandle[Any]:
        asked.headers = self._stamped(asked.headers)
        return super().start_local_activity(asked)

    async def start_child_workflow(
        self, asked: worker.StartChildWorkflowInput
    ) -> workflow.ChildWorkflowHandle[Any, Any]:
        asked.headers = self._stamped(asked.headers)
        return await super().start_child_workflow(asked)

    async def signal_external_workflow(self, asked: worker.SignalExternalWorkflowInput) -> None:
        asked.headers = self._stamped(asked.headers)
        await super().signal_external_workflow(asked)

    def _stamped(self, headers: Headers) -> Headers:
        latest = self._course.latest
        return headers if latest is None else {**headers, HEADER: latest}


class _IntoActivity(worker.ActivityInboundInterceptor):
    async def execute_activity(self, asked: worker.ExecuteActivityInput) -> Any:
        request_id = read(asked.headers, HEADER)
        if request_id is None:
            return await super().execute_activity(asked)
        with bound_contextvars(**{REQUEST_ID: request_id}):
            return await super().execute_activity(asked)


def _stamped(headers: Headers) -> Headers:
    request_id = current()
    return headers if request_id is None else {**headers, HEADER: written(request_id)}
