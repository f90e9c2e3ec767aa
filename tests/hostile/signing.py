"""What Schemathesis has to know of us: how a webhook is signed, over the bytes that it sends."""

from typing import Any

import requests
import schemathesis

from ferryman.digital_river.signature import HEADER
from tests.hostile.system import signed

UNSIGNED = "to-be-signed"
"""Stands in the place of a signature until the body is written down."""


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]
) -> None:
    """Sign what is marked."""
    del context, kwargs
    if (case.headers or {}).get(HEADER) == UNSIGNED:
        told = case.as_transport_kwargs(base_url="http://127.0.0.1")
        written = requests.Request(**told).prepare().body or b""
        body = written if isinstance(written, bytes) else written.encode()
        case.headers[HEADER] = signed(body)
