"""What a process tells of itself: figures, traces, and one id through all logs."""

from prometheus_client import disable_created_metrics

# Each series would have a second one that says when it began, which nobody asks.
disable_created_metrics()  # type: ignore[no-untyped-call] # the library's is not annotated
