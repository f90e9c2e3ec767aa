"""The worker's parts, put together in one place."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.checkouts import CheckoutActivities
from activities.fulfillments import FulfillmentActivities
from activities.looking import Looking
from activities.orders import OrderActivities
from activities.parked_events import ParkedEventActivities
from activities.records import RecordActivities
from activities.sweep import SweepActivities
from ferryman.digital_river.client import DigitalRiver
from ferryman.records import Records
from workflows.parked_event import ParkedEvent
from workflows.purchase import Purchase
from workflows.sweep import Sweep

# A step under way at SIGTERM may finish; the process as a whole has ten seconds.
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
    settle_time: timedelta,
) -> Worker:
    """A worker that carries purchases."""
    looking = Looking(digital_river, settle_time)
    checkouts = CheckoutActivities(digital_river)
    orders = OrderActivities(digital_river, looking)
    fulfillments = FulfillmentActivities(digital_river, looking)
    keeping = RecordActivities(records)
    parked = ParkedEventActivities(digital_river, records)
    sweep = SweepActivities(digital_river, records)
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[Purchase, ParkedEvent, Sweep],
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
            keeping.save,
            keeping.save_next,
            parked.find_owner,
            parked.look_again,
            sweep.events,
            sweep.orders,
        ],
        workflow_runner=sandboxed(),
        graceful_shutdown_timeout=GRACE,
        sticky_queue_schedule_to_start_timeout=STICKY,
    )


def sandboxed() -> SandboxedWorkflowRunner:
    """The SDK's sandbox around the flow alone: our pure modules are loaded once, not per run."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(
            "ferryman", "activities", "pydantic", "pydantic_core", "iso4217"
        )
    )
