"""Digital River's refusals, in the words of its published error bodies."""

from .wire import Json, present

_TYPES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    409: "conflict",
    429: "too_many_requests",
    500: "internal_server_error",
    502: "bad_gateway",
    503: "service_unavailable",
    504: "gateway_timeout",
}


class Refusal(Exception):
    """An answer that is not 2xx, with the body it carries."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


def type_of(status: int) -> str:
    """Give the `type` that belongs to a status."""
    return _TYPES.get(status, "internal_server_error" if status >= 500 else "bad_request")  # noqa: PLR2004 - HTTP's own classes


def refuse(
    status: int, code: str | None, message: str, parameter: str | None = None, kind: str = ""
) -> Refusal:
    """Build the usual body: one error under the `type` of its status."""
    error = present(code=code, parameter=parameter, message=message)
    return Refusal(status, {"type": kind or type_of(status), "errors": [error]})


def missing(parameter: str) -> Refusal:
    """Refuse a request that lacks a parameter."""
    return refuse(400, "missing_parameter", "A parameter is missing.", parameter)


def invalid(parameter: str, message: str, status: int = 400) -> Refusal:
    """Refuse a parameter whose value cannot be taken."""
    return refuse(status, "invalid_parameter", message, parameter)


def unknown(parameter: str) -> Refusal:
    """Refuse a parameter that the operation does not have."""
    return refuse(400, "unknown_parameter", f"'{parameter}' is an unknown parameter.", parameter)


def not_found(parameter: str, message: str) -> Refusal:
    """Refuse an id that stands for nothing."""
    return refuse(404, "not_found", message, parameter)


def conflict(code: str, message: str, parameter: str | None = None) -> Refusal:
    """Refuse what the present state does not allow."""
    return refuse(409, code, message, parameter)
