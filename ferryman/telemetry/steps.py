"""How long the steps of purchases take, and how long they have been failing where they fail."""

from datetime import UTC, datetime
from typing import Any

from prometheus_client import Counter, Histogram
from temporalio import activity, client, worker
from temporalio.exceptions import ApplicationError

NOT_YET = "NothingNew"
"""The failure of a step that only asks again later: nothing is wrong."""

seconds = Histogram(
    "ferryman_step_seconds",
    "From a step's first scheduling to its good end.",
    ("step",),
    buckets=(0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1800),
)
failures = Counter(
    "ferryman_step_failures",
    "Attempts at a step that failed, by the kind of failure.",
    ("step", "failure"),
)
failing = Histogram(
    "ferryman_step_failing_seconds",
    "How old a step was when an attempt at it failed.",
    ("step",),
    buckets=(60, 300, 1800),
)


class Steps(client.Interceptor, worker.Interceptor):
    """Sees every activity end; a worker takes it over from its client."""

    def intercept_activity(
        self,
        inner: worker.ActivityInboundInterceptor,
    ) -> worker.ActivityInboundInterceptor:
        """Time the activity."""
        return _Timed(inner)


class _Timed(worker.ActivityInboundInterceptor):
    async def execute_activity(self, asked: worker.ExecuteActivityInput) -> Any:
        info = activity.info()
        try:
            result = await super().execute_activity(asked)
        except Exception as error:
            _failed(info, error)
            raise
        seconds.labels(info.activity_type).observe(_age(info))
        return result


def _failed(info: activity.Info, error: Exception) -> None:
    # Ours carry one of a few names; what another error says may be anything.
    kind = error.type if isinstance(error, ApplicationError) else type(error).__name__
    if kind == NOT_YET:
        return
    failures.labels(info.activity_type, kind or "ApplicationError").inc()
    failing.labels(info.activity_type).observe(_age(info))


def _age(info: activity.Info) -> float:
    return max((datetime.now(UTC) - info.scheduled_time).total_seconds(), 0.0)
