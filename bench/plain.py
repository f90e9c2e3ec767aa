"""`python -m bench.plain`: the same worker the plain way, every step an ordinary activity.

The flow is the very same, and what it asks for as a local activity is scheduled as an ordinary one
instead; what it would only show in passing it keeps. So each step that the flow knows is one
activity: a step that makes several calls to Digital River stays one here too, and each time the
record is kept is one.
"""

import asyncio
from dataclasses import fields, replace
from typing import Any
from unittest.mock import patch

from temporalio import activity, client, worker, workflow
from temporalio.api.common.v1 import Payload
from temporalio.common import Priority

from ferryman.logs import configure
from ferryman.settings import settings_or_exit
from ferryman.temporal import connect
from workers import process
from workflows.record import Record

_MARK = "bench-was-local"


class Plainly(client.Interceptor, worker.Interceptor):
    """Between the flow and Temporal."""

    def workflow_interceptor_class(
        self, asked: worker.WorkflowInterceptorClassInput
    ) -> type[worker.WorkflowInboundInterceptor]:
        """Stand between a workflow and its activities."""
        del asked
        return _Workflow

    def intercept_activity(
        self, inner: worker.ActivityInboundInterceptor
    ) -> worker.ActivityInboundInterceptor:
        """Stand between an activity and what it learns of itself."""
        return _Activity(inner)


class _Workflow(worker.WorkflowInboundInterceptor):
    def init(self, outbound: worker.WorkflowOutboundInterceptor) -> None:
        super().init(_Ordinary(outbound))


class _Ordinary(worker.WorkflowOutboundInterceptor):
    def start_local_activity(
        self, asked: worker.StartLocalActivityInput
    ) -> workflow.ActivityHandle[Any]:
        shared = {each.name for each in fields(worker.StartActivityInput)}
        said = {
            each.name: getattr(asked, each.name) for each in fields(asked) if each.name in shared
        }
        said["headers"] = {**asked.headers, _MARK: Payload()}
        ordinary = worker.StartActivityInput(
            **said,
            task_queue=None,
            heartbeat_timeout=None,
            disable_eager_execution=False,
            versioning_intent=None,
            priority=Priority.default,
        )
        return super().start_activity(ordinary)


class _Activity(worker.ActivityInboundInterceptor):
    def init(self, outbound: worker.ActivityOutboundInterceptor) -> None:
        self._told = _FirstTry(outbound)
        super().init(self._told)

    async def execute_activity(self, asked: worker.ExecuteActivityInput) -> Any:
        self._told.was_local = _MARK in asked.headers
        return await super().execute_activity(asked)


class _FirstTry(worker.ActivityOutboundInterceptor):
    """Says of a first try that nothing was before it, which the steps see by its being local."""

    was_local = False

    def info(self) -> activity.Info:
        info = super().info()
        return replace(info, is_local=True) if self.was_local and info.attempt == 1 else info


async def _connect(**told: Any) -> client.Client:
    connected = await connect(**told)
    config = connected.config()
    config["interceptors"] = [*config["interceptors"], Plainly()]
    return client.Client(**config)


if __name__ == "__main__":
    settings = settings_or_exit()
    configure(settings.process.log_level, settings.process.log_format)
    with (
        patch.object(process, "connect", _connect),
        patch.object(Record, "mention", Record.keep),
    ):
        raise SystemExit(asyncio.run(process.run(settings)))
