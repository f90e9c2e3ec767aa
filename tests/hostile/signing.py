"""What Schemathesis has to know of us: how a webhook is signed, over the bytes that it sends."""

import requests
import schemathesis

from ferryman.digital_river.signature import HEADER
from tests.hostile.system import WEBHOOKS, signed

_UNSIGNED = "to be signed"


@schemathesis.auth().apply_to(path=WEBHOOKS)
class Signature:
    """Marks the requests that are to be signed; the body is not written down yet."""

    def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
        """Give the mark."""
        del case, context
        return _UNSIGNED

    def set(self, case: schemathesis.Case, data: str, context: schemathesis.AuthContext) -> None:
        """Leave the mark."""
        del context
        case.headers = {**(case.headers or {}), HEADER: data}


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict) -> None:
    """Sign what is marked."""
    del context, kwargs
    if (case.headers or {}).get(HEADER) == _UNSIGNED:
        told = case.as_transport_kwargs(base_url="http://127.0.0.1")
        body = requests.Request(**told).prepare().body or b""
        case.headers[HEADER] = signed(body if isinstance(body, bytes) else body.encode())
