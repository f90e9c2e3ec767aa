"""The worker's parts, put together in one place."""

from datetime import timedelta
from importlib import metadata

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkerDeploymentConfig
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.adoption import AdoptionActivities
from activities.after_sale import AfterSaleActivities
from activities.checkouts import CheckoutActivities
from activities.documents import DocumentActivities
from activities.fulfillments import FulfillmentActivities
from activities.looking import Looking
from activities.orders import OrderActivities
from activities.parked_events import ParkedEventActivities
from activities.records import RecordActivities
from activities.refunds import RefundActivities
from activities.returns import ReturnActivities
from activities.sweep import SweepActivities
from ferryman.digital_river.client import DigitalRiver
from ferryman.purchase.policy import Policy
from ferryman.records import Records
from workflows.goods_return import ReturnFlow
from workflows.parked_event import ParkedEvent
from workflows.purchase import Purchase
from workflows.refund import RefundFlow
from workflows.sweep import Sweep

from .showing import Showing

WORKFLOWS = (Purchase, ParkedEvent, Sweep, RefundFlow, ReturnFlow)

# A step under way at SIGTERM may finish; the process as a whole has ten seconds. A call that takes
# longer is broken off, and the worker that takes the step over looks first what became of it.
GRACE = timedelta(seconds=8)
# After a crash, open purchases wait this long for the dead worker's cache before another takes
# them; the SDK's ten seconds doubled the time of recovery.
STICKY = timedelta(seconds=2)


def create_worker(
    client: Client,
    *,
    task_queue: str,
    digital_river: DigitalRiver,
    records: Records,
    policy: Policy,
    document_link_age: timedelta = timedelta(days=90),
    version: WorkerDeploymentVersion | None = None,
) -> Worker:
    """A worker that carries purchases.

    With a version it gets no work until Temporal is told that the version is current.
    """
    looking = Looking(digital_river, policy.settle_time)
    checkouts = CheckoutActivities(digital_river)
    documents = DocumentActivities(digital_river, document_link_age)
    orders = OrderActivities(digital_river, looking, documents)
    fulfillments = FulfillmentActivities(digital_river, looking)
    adoption = AdoptionActivities(digital_river, looking, records, policy)
    after_sale = AfterSaleActivities(digital_river, records)
    refunds = RefundActivities(digital_river, looking, records)
    returns = ReturnActivities(digital_river, looking, records)
    keeping = RecordActivities(records)
    parked = ParkedEventActivities(digital_river, records)
    sweep = SweepActivities(digital_river, records)
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=[
            checkouts.build,
            checkouts.update,
            checkouts.attach,
            orders.create,
            orders.read,
            orders.find,
            orders.refresh,
            orders.watch,
            fulfillments.fulfill,
            fulfillments.cancel_order,
            fulfillments.count_doubles,
            documents.link,
            adoption.adopt,
            adoption.adoptable,
            adoption.keep,
            adoption.hand_over,
            after_sale.closed,
            after_sale.shown,
            refunds.ask,
            refunds.count,
            refunds.dispute_over,
            refunds.read,
            refunds.watch,
            returns.accept,
            returns.ask,
            returns.read,
            returns.watch,
            keeping.save,
            keeping.save_next,
            parked.find_owner,
            parked.look_again,
            sweep.events,
            sweep.orders,
        ],
        interceptors=[Showing(records)],
        workflow_runner=UnsandboxedWorkflowRunner(),
        graceful_shutdown_timeout=GRACE,
        sticky_queue_schedule_to_start_timeout=STICKY,
        deployment_config=_deployed_as(version),
        # The SDK would read the code of every module to make one up: 0.4 s of every start.
        build_id=None if version else metadata.version("ferryman"),
    )


def _deployed_as(version: WorkerDeploymentVersion | None) -> WorkerDeploymentConfig | None:
    """Let open purchases move to the current version: they live for months and want mends too."""
    if version is None:
        return None
    return WorkerDeploymentConfig(
        version=version,
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


def sandboxed() -> SandboxedWorkflowRunner:
    """For replaying: the SDK's sandbox around the flow alone, which keeps clocks and dice from it.

    It loads the flow anew for each purchase and passes by whatever is asked of it, which costs more
    than all the steps of one. So workers do without, and tests replay in it whatever they have run.
    """
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(
            "ferryman", "activities", "pydantic", "pydantic_core", "iso4217"
        )
    )
