"""Whether Temporal is there, knows our namespace and search attributes, and has a worker for us."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

from temporalio.api.deployment.v1 import WorkerDeploymentOptions, WorkerDeploymentVersion
from temporalio.api.enums.v1 import IndexedValueType, TaskQueueType, WorkerVersioningMode
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from ferryman import search_attributes
from ferryman.temporal import UnsafeConnection, connect

from .finding import Finding, good, untold, wrong

TEMPORAL, ATTRIBUTES, WORKER = "Temporal", "search attributes", "worker"

_LIMIT = timedelta(seconds=5)
# A poll lasts a minute at most, and Temporal remembers who polled for five.
_LIVELY = timedelta(seconds=90)
_KINDS = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
_SAID = re.compile(r'message: "([^"]+)"')
_LONGEST = 200
_AWAY = "check TEMPORAL_ADDRESS, TLS, and whether Temporal runs"
_VERSIONED = WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED
_REFUSED = frozenset({RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED})


async def findings(task_queue: str) -> list[Finding]:
    """Ask Temporal three times; where it is away, only that is told."""
    rest = [untold(ATTRIBUTES, "not asked for"), untold(WORKER, "not asked for")]
    try:
        client = await connect()
        async with asyncio.timeout(_LIMIT.total_seconds()):
            namespace = await _namespace(client)
    except UnsafeConnection as error:
        return [wrong(TEMPORAL, str(error), "set TEMPORAL_TLS or TEMPORAL_API_KEY"), *rest]
    except RPCError as error:
        return [_unreached(error), *rest]
    # A lazy client that cannot connect says so by a plain RuntimeError; files of TLS by OSError.
    except (RuntimeError, OSError) as error:
        return [wrong(TEMPORAL, f"away: {_plain(error)}", _AWAY), *rest]
    try:
        async with asyncio.timeout(_LIMIT.total_seconds()):
            return [namespace, await _attributes(client), await _worker(client, task_queue)]
    except (RPCError, TimeoutError) as error:
        cause = error.message if isinstance(error, RPCError) else "no answer in time"
        return [namespace, *(untold(each.subject, f"cannot be told: {cause}") for each in rest)]


async def _namespace(client: Client) -> Finding:
    request = DescribeNamespaceRequest(namespace=client.namespace)
    found = await client.workflow_service.describe_namespace(request, timeout=_LIMIT)
    days = found.config.workflow_execution_retention_ttl.ToTimedelta() / timedelta(days=1)
    return good(TEMPORAL, f"namespace {client.namespace}; ended histories are kept {days:.3g} days")


def _plain(error: Exception) -> str:
    """Cut the core's nested error down to what the system said."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    said = _SAID.search(str(error))
    return said[1] if said else str(error)[:_LONGEST]


def _unreached(error: RPCError) -> Finding:
    if error.status is RPCStatusCode.NOT_FOUND:
        mend = "correct TEMPORAL_NAMESPACE, or create it: docs/operating.md#temporal-away"
        return wrong(TEMPORAL, error.message, mend)
    if error.status in _REFUSED:
        mend = "give a TEMPORAL_API_KEY or certificate that this namespace knows"
        return wrong(TEMPORAL, f"refuses us: {error.message}", mend)
    return wrong(TEMPORAL, f"away: {error.message}", _AWAY)


async def _attributes(client: Client) -> Finding:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    known = await client.operator_service.list_search_attributes(request, timeout=_LIMIT)
    there = known.custom_attributes
    missing = [key for key in search_attributes.ALL if key.name not in there]
    others = [
        key
        for key in search_attributes.ALL
        if key not in missing and there[key.name] != int(key.indexed_value_type)
    ]
    if others:
        names = ", ".join(f"{key.name} ({_kind(there[key.name])})" for key in others)
        mend = "remove them with `temporal operator search-attribute remove`, restart a worker"
        return wrong(ATTRIBUTES, f"of another type: {names}", mend)
    if missing:
        names = ", ".join(key.name for key in missing)
        mend = "start a worker, which adds them, or: docs/operating.md#search-attributes-missing"
        return wrong(ATTRIBUTES, f"missing: {names}", mend)
    return good(ATTRIBUTES, ", ".join(key.name for key in search_attributes.ALL))


def _kind(number: int) -> str:
    name = IndexedValueType.Name(IndexedValueType.ValueType(number))
    return name.removeprefix("INDEXED_VALUE_TYPE_").lower()


async def _worker(client: Client, task_queue: str) -> Finding:
    asked = [await _described(client, task_queue, kind) for kind in _KINDS]
    polled = [_versions(each) for each in asked]
    if not all(polled):
        mend = (
            "start `python -m workers` with this FERRYMAN_TASK_QUEUE: docs/operating.md#no-pollers"
        )
        return wrong(WORKER, f"nobody polls task queue {task_queue}", mend)
    current = _current(asked[0])
    if current not in polled[0]:
        there = ", ".join(f"version {each or 'none'}" for each in sorted(set(polled[0])))
        mend = "`temporal worker deployment set-current-version`, or start workers of that version"
        said = f"polled as {there}, and new work goes to version {current or 'none'}"
        return wrong(WORKER, said, mend)
    as_version = f" as version {current}" if current else ""
    return good(WORKER, f"{len(polled[0])} on task queue {task_queue}{as_version}")


async def _described(
    client: Client, task_queue: str, kind: TaskQueueType.ValueType
) -> DescribeTaskQueueResponse:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=task_queue), task_queue_type=kind
    )
    return await client.workflow_service.describe_task_queue(request, timeout=_LIMIT)


def _versions(found: DescribeTaskQueueResponse) -> list[str]:
    """The version of each worker that has polled lately; empty for one without."""
    since = datetime.now(UTC) - _LIVELY
    return [
        _name(each.deployment_options)
        if each.deployment_options.worker_versioning_mode == _VERSIONED
        else ""
        for each in found.pollers
        if each.last_access_time.ToDatetime(UTC) > since
    ]


def _current(found: DescribeTaskQueueResponse) -> str:
    """The version that gets new work; empty where workers without one do."""
    return _name(found.versioning_info.current_deployment_version)


def _name(version: WorkerDeploymentOptions | WorkerDeploymentVersion) -> str:
    return f"{version.deployment_name}.{version.build_id}" if version.build_id else ""
