"""The version of a deployment that a worker is, and whether Temporal gives that one any work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from prometheus_client import Gauge
from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentRequest
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.service import RPCError

from ferryman.settings import WorkerSettings

log = structlog.get_logger(__name__)

# Until then Temporal has heard of a version that polls.
_HEARD_OF_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 60.0

gets_work = Gauge(
    "ferryman_worker_gets_work",
    "0 where Temporal gives this worker's version nothing; 1 too where it has no version.",
)
gets_work.set(1)


def version_of(told: WorkerSettings) -> WorkerDeploymentVersion | None:
    """Give the version that the settings name, if any."""
    if told.deployment is None or told.build is None:
        return None
    return WorkerDeploymentVersion(told.deployment, told.build)


@asynccontextmanager
async def telling_whether_idle(
    client: Client, version: WorkerDeploymentVersion | None
) -> AsyncIterator[None]:
    """Say in log and figures if nothing comes to this worker because of its version."""
    task = asyncio.create_task(_tell(client, version)) if version else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _tell(client: Client, version: WorkerDeploymentVersion) -> None:
    await asyncio.sleep(_HEARD_OF_SECONDS)
    while True:
        with suppress(RPCError):
            await tell_if_idle(client, version)
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def tell_if_idle(client: Client, version: WorkerDeploymentVersion) -> None:
    """Warn where this version is neither current nor ramping: no error would ever tell.

    Raises RPCError where Temporal is away or has not heard of the deployment.
    """
    request = DescribeWorkerDeploymentRequest(
        namespace=client.namespace, deployment_name=version.deployment_name
    )
    told = await client.workflow_service.describe_worker_deployment(request)
    routing = told.worker_deployment_info.routing_config
    at_work = (routing.current_deployment_version, routing.ramping_deployment_version)
    idle = version.build_id not in {each.build_id for each in at_work}
    gets_work.set(not idle)
    if idle:
        log.warning(
            "version_gets_no_work",
            deployment=version.deployment_name,
            build=version.build_id,
            make_current="temporal worker deployment set-current-version"
            f" --deployment-name {version.deployment_name} --build-id {version.build_id}",
        )
