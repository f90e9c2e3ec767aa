"""An event that no purchase at work could take: kept until its owner is found, never lost."""

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    WorkflowAlreadyStartedError,
)

with workflow.unsafe.imports_passed_through():
    from activities.adoption import Adopting, AdoptionActivities
    from activities.parked_events import Aftermath, Parked, ParkedEventActivities
    from activities.records import RecordActivities, Saving
    from ferryman import search_attributes
    from ferryman.purchase.listing import memo_of, outline_of, title_of
    from ferryman.purchase.messages import Begin, Hint, ProviderEvent
    from ferryman.purchase.purchase import workflow_id
    from ferryman.purchase.readings import DocumentFile

from . import aftermath, documents, filing, parked_display, wording
from .keeping import until_kept
from .purchase import Purchase
from .steps import PATIENT
from .telling import Family, pass_on

# As long as Digital River itself tries to deliver an event.
HOPE = timedelta(hours=72)
# As long as Digital River remembers an event.
PATIENCE = timedelta(days=30)
STEP = timedelta(minutes=1)


@workflow.defn(name="ParkedEvent")
class ParkedEvent:
    """Finds the event's purchase for three days, then lies in the operators' list."""

    @workflow.init
    def __init__(self, event: ProviderEvent) -> None:
        self._event = event
        self._files: list[DocumentFile] = []
        self._family: Family | None = None
        self._dismissed = False

    @workflow.run
    async def run(self, event: ProviderEvent) -> str:
        """Deliver the event and say to whom; `unclaimed` where it was nobody's."""
        workflow.set_current_details(parked_display.searching(event, workflow.now() + HOPE))
        made = event.hint is Hint.CHECKED_OUT
        owner = await (self._adopted() if made else self._owner())
        if owner is None:
            return await self._lie_in_list()
        workflow.set_current_details(parked_display.claimed(event, owner))
        if not await self._deliver(owner):
            await until_kept(lambda: self._apply(owner))
            await filing.keep(owner, self._files)
            await pass_on(event, self._family or Family(owner))
        return owner

    @workflow.signal(name="dismiss", description="Nobody's event after all")
    def dismiss(self) -> None:
        """An operator has looked at it."""
        self._dismissed = True

    async def _owner(self) -> str | None:
        try:
            return await workflow.execute_activity_method(
                ParkedEventActivities.find_owner,
                self._event,
                start_to_close_timeout=STEP,
                schedule_to_close_timeout=HOPE,
                retry_policy=PATIENT,
                summary="find the purchase",
            )
        except ActivityError:
            return None

    async def _adopted(self) -> str | None:
        """The purchase of an order that Digital River has made; it begins where there is none."""
        try:
            adopting: Adopting = await workflow.execute_activity_method(
                AdoptionActivities.adopt,
                self._event,
                start_to_close_timeout=STEP,
                schedule_to_close_timeout=HOPE,
                retry_policy=PATIENT,
                summary="adopt the order",
            )
        except ActivityError:
            return None
        if adopting.begin is None:
            return adopting.owner
        await _begin(adopting.begin)
        return adopting.begin.id

    async def _deliver(self, owner: str) -> bool:
        handle = workflow.get_external_workflow_handle(workflow_id(owner))
        try:
            await handle.signal("provider_events", [self._event])
        except (ApplicationError, FailureError):
            return False
        return True

    async def _apply(self, owner: str) -> bool:
        """The purchase has closed: what the order shows now goes into its record.

        False where another event was quicker, so that both have to be looked at anew.
        """
        found = await self._look_again(owner)
        if found is None:
            return True
        self._family = Family(owner, found.purchase.refunds, found.purchase.returns)
        told = documents.told_of(self._event)
        shown = found.reading.documents if told is None else (*found.reading.documents, told)
        self._files = filing.missing(found.purchase, shown)
        return await self._keep(found)

    async def _look_again(self, owner: str) -> Aftermath | None:
        return await workflow.execute_activity_method(
            ParkedEventActivities.look_again,
            Parked(purchase_id=owner, event_id=self._event.id, order_id=self._event.order_id),
            start_to_close_timeout=STEP,
            retry_policy=PATIENT,
            summary="look at the order again",
        )

    async def _keep(self, found: Aftermath) -> bool:
        before, reading, now = found.purchase, found.reading, workflow.now()
        purchase = aftermath.after(before, reading, now, self._event.hint)
        kept = await workflow.execute_activity_method(
            RecordActivities.save_next,
            Saving(
                purchase=purchase,
                entries=aftermath.entries(before, reading, self._event, found.sequence, now),
            ),
            start_to_close_timeout=STEP,
            retry_policy=PATIENT,
            summary="keep the record",
        )
        attention = purchase.needs_attention
        if kept and attention is not None and attention != before.needs_attention:
            workflow.upsert_search_attributes(
                [search_attributes.NEEDS_ATTENTION.value_set(attention.reason)]
            )
            told = parked_display.applied(self._event, purchase.id, attention.reason)
            workflow.set_current_details(told)
        return kept

    async def _lie_in_list(self) -> str:
        workflow.upsert_search_attributes(
            [search_attributes.NEEDS_ATTENTION.value_set(wording.UNCLAIMED)]
        )
        forgotten = workflow.now() + PATIENCE
        own = workflow.info().workflow_id
        workflow.set_current_details(parked_display.unclaimed(self._event, own, forgotten))
        try:
            await workflow.wait_condition(
                lambda: self._dismissed, timeout=PATIENCE, timeout_summary="until it is forgotten"
            )
        except TimeoutError:
            workflow.logger.warning("an event stayed nobody's")
        # The list shows closed workflows too, as long as they are kept.
        workflow.upsert_search_attributes([search_attributes.NEEDS_ATTENTION.value_unset()])
        return "unclaimed"


async def _begin(begin: Begin) -> None:
    """Begin the purchase, which outlives this; one that has begun already stays as it is."""
    with suppress(WorkflowAlreadyStartedError):
        _ = await workflow.start_child_workflow(
            Purchase.run,
            begin,
            id=workflow_id(begin.id),
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            static_summary=title_of(begin),
            static_details=outline_of(begin),
            memo=memo_of(begin),
        )
