"""A cross-check on Temporal's other time-skipping server, which has one clock for all."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from ferryman import search_attributes
from ferryman.purchase.states import CancelReason, State
from tests.conftest import program


@pytest.fixture
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    """The Java test server; it knows no search attributes until it is told."""
    environment = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=program("temporal-test-server"),
        data_converter=pydantic_data_converter,
    )
    async with environment:
        missing = {key.name: key.indexed_value_type for key in search_attributes.ALL}
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(search_attributes=missing)
        )
        yield environment


@pytest.mark.no_replay
async def test_unpaid_konbini_order_ends_after_seven_days_and_the_grace(shop):
    """The week and the six hours pass at once, in silence, and the order is cancelled."""
    shopper = await shop.begin(policy={"poll_interval": timedelta(days=2)})
    await shopper.variant(unpaid="silent")
    pending = await shopper.order("konbini")
    while (await shopper.record()).state is State.PENDING_PAYMENT:
        await shop.temporal.sleep(timedelta(days=1))
    record = await shopper.record()

    assert (State.CANCELLED, CancelReason.PAYMENT_WINDOW_CLOSED) == (record.state, record.reason)
    assert pending.payment_deadline + timedelta(hours=6) <= record.updated_time
