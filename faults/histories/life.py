"""What a life is: something happens in a world, and one workflow of it is kept as it stands."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from temporalio.client import WorkflowHandle

from faults.travel import World

Handle = WorkflowHandle[Any, Any]
Life = Callable[[World], Awaitable[Handle]]
Lives = Mapping[str, Life]
"""By the state at which it is kept, and what is special about it: `cancelled.customer`."""
