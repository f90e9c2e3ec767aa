"""What the checks are tried on: a sandbox, and workers that poll."""

import aiohttp
from pydantic import SecretStr
from temporalio import activity, workflow
from temporalio.common import VersioningBehavior
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkerDeploymentConfig

from ferryman.selftest import digital_river
from ferryman.settings import (
    DigitalRiverSettings,
)

OURS = "http://127.0.0.1:8080/webhooks/digital-river"
SECRET = "whsec_invented_for_this_test_alone"
KEY = "sk_test_invented"


class River:
    """A sandbox, and what is asked of it."""

    def __init__(self, url):
        self.url = url

    async def call(self, method, path, body=None):
        """Ask the sandbox itself for something."""
        signed = {"Authorization": f"Bearer {KEY}"}
        async with aiohttp.request(method, f"{self.url}{path}", json=body, headers=signed) as got:
            return await got.json(content_type=None)

    async def spoil(self, path, status):
        """Let each call on this path end so."""
        fault = {"method": "GET", "path": path, "kind": "status", "status": status, "times": 0}
        await self.call("POST", "/_sandbox/faults", fault)

    async def change_webhook(self, **change):
        """Change the webhook as a person does in the Dashboard."""
        (webhook,) = await self.call("GET", "/webhooks")
        await self.call("PATCH", f"/webhooks/{webhook['id']}", change)

    async def verdicts(self, **told):
        """What the checks say of it, by subject."""
        told = {"base_url": self.url, "api_key": SecretStr(KEY), **told}
        found = await digital_river.findings(DigitalRiverSettings(timeout=2, **told))
        return {each.subject: each for each in found}


def address_of(temporal):
    """Where the dev server listens."""
    return temporal.client.service_client.config.target_host


@activity.defn
async def idle_step() -> None:
    """Nothing; a worker has to have something to poll for."""


@workflow.defn
class Idle:
    """Nothing either."""

    @workflow.run
    async def run(self) -> None:
        """Do nothing."""


def polling(temporal, task_queue, version=None):
    """A worker on this queue, perhaps as a version of a deployment."""
    deployed = version and WorkerDeploymentConfig(
        version=version,
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )
    return Worker(
        temporal.client,
        task_queue=task_queue,
        workflows=[Idle],
        activities=[idle_step],
        workflow_runner=UnsandboxedWorkflowRunner(),
        deployment_config=deployed,
    )
