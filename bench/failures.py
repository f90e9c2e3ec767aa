"""What ends a measurement without a result."""

from demo.failures import DemoError


class MeasurementError(DemoError):
    """Something came out in another way than the measurement rests on."""
