"""Loading a process, which takes seconds in which it may already be told to end."""

import importlib
import os
import signal
from types import FrameType, ModuleType


def load(name: str) -> ModuleType:
    """Import a process's module; from now on SIGTERM and SIGINT end the process at once, with 0.

    So it stays until the process has something to drain, and takes the signals over itself.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    return importlib.import_module(name)


def _leave(number: int, frame: FrameType | None) -> None:
    del number, frame
    # Raised here, SystemExit would pass through whatever is being imported.
    os._exit(0)
