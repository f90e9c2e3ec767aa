"""What a call to Digital River may end in, told apart by what the caller does next.

DigitalRiverError
 ├─ Unavailable         surely not carried out, or only a question: the same call again, later
 │   ├─ TooManyRequests   429: not before `retry_after`
 │   └─ NotNow            not even sent: no turn is to be had before `retry_after`
 ├─ Ambiguous           a change that may or may not have been carried out: look before repeating
 ├─ Unauthorized        401, 403: the key is wrong or too small; a person has to act
 ├─ NotFound            404: no such thing; for an order's creation, the checkout is used up
 ├─ Conflict            409: refused in the present state; for an order's creation, no order exists
 └─ InvalidRequest      any other 4xx: mend the request, then send it again
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class ErrorDetail:
    """One entry of Digital River's `errors`; any part of it may be missing."""

    code: str | None = None
    parameter: str | None = None
    message: str | None = None


@dataclass(eq=False)
class DigitalRiverError(Exception):
    """A call that brought no usable answer.

    `status` is None where no answer came. The first error's `message` may be shown to a shopper,
    its `code` never ("Handling authorization declines").
    """

    status: int | None = None
    type: str | None = None
    errors: tuple[ErrorDetail, ...] = ()
    request_id: str | None = None
    retry_after: timedelta | None = None
    cause: str = ""

    @property
    def _first(self) -> ErrorDetail:
        return self.errors[0] if self.errors else ErrorDetail()

    @property
    def code(self) -> str | None:
        """Digital River's code of the first error, for decisions and operators."""
        return self._first.code

    @property
    def parameter(self) -> str | None:
        """The part of the request that the first error is about."""
        return self._first.parameter

    @property
    def message(self) -> str | None:
        """The first error's sentence."""
        return self._first.message

    def __str__(self) -> str:
        # It ends up in logs, where the sentence has no place: it may repeat a person's data.
        parts = (self.status, self.code, self.parameter, self.cause)
        return " ".join(str(part) for part in parts if part)


class Unavailable(DigitalRiverError):
    """Nothing was done for sure, or nothing was to be done: a plain repeat is right."""


class TooManyRequests(Unavailable):
    """The key's rate is used up; `retry_after` says for how long, where Digital River said so."""


class NotNow(Unavailable):
    """The call was not sent, because Digital River is away, asked to wait, or is too busy."""


class Ambiguous(DigitalRiverError):
    """The change may have been made although no proper answer came."""


class Unauthorized(DigitalRiverError):
    """The key was refused."""


class NotFound(DigitalRiverError):
    """There is no such thing."""


class Conflict(DigitalRiverError):
    """The present state of things does not allow it."""


class InvalidRequest(DigitalRiverError):
    """The request itself was refused."""
