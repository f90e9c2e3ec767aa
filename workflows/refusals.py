"""How a call is refused: errors that fail the call and nothing else."""

from collections.abc import Iterable

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from ferryman.purchase.lines import OverQuantity
    from ferryman.purchase.messages import Refusal
    from ferryman.purchase.readings import Problem
    from ferryman.purchase.refundable import Objection
    from ferryman.purchase.rules import Call, refusal
    from ferryman.purchase.states import State


class GivenUp(ApplicationError):
    """A look at the order was given up, since an operator ends the purchase without it."""

    def __init__(self) -> None:
        super().__init__(
            "the purchase is being cancelled", type=Refusal.NOT_ALLOWED.value, non_retryable=True
        )


def _error(kind: Refusal, message: str, *details: object) -> ApplicationError:
    return ApplicationError(message, *details, type=kind.value, non_retryable=True)


def not_allowed(message: str) -> ApplicationError:
    """The present state does not allow the call."""
    return _error(Refusal.NOT_ALLOWED, message)


def broken_off() -> ApplicationError:
    """A step of it failed for good; the purchase stays as it is and calls a person."""
    return not_allowed("a step of it has failed and is not tried again; a person is called")


def not_in_state(state: State, call: Call) -> ApplicationError:
    """The present state does not allow the call, and this is what it allows."""
    return not_allowed(refusal(state, call))


def declined(message: str | None) -> ApplicationError:
    """The payment was declined; the message is the shopper's."""
    return _error(Refusal.DECLINED, message or "The payment was declined.")


def invalid(*problems: tuple[str, str]) -> ApplicationError:
    """Something in the call is wrong: pairs of JSON pointer and sentence."""
    listed = [{"pointer": pointer, "detail": detail} for pointer, detail in problems]
    return _error(Refusal.INVALID, "; ".join(detail for _, detail in problems), listed)


def refused(problem: Problem) -> ApplicationError:
    """The provider found something wrong that may be mended."""
    return invalid((problem.pointer or "", problem.message or "the provider refused this"))


def over_quantity(error: OverQuantity, *, field: str = "quantity") -> ApplicationError:
    """More than is open."""
    return invalid((f"/items/{error.index}/{field}", str(error)))


def objected(objections: Iterable[Objection]) -> ApplicationError:
    """Something speaks against a refund or a return: the order itself, or parts of the request."""
    found = [*objections]
    for objection in found:
        if objection.pointer is None:
            return not_allowed(objection.sentence)
    return invalid(*((each.pointer or "", each.sentence) for each in found))


def unreadable(error: ValidationError) -> ApplicationError:
    """The change does not fit the purchase."""
    return invalid(
        *(
            ("/" + "/".join(str(part) for part in problem["loc"]), problem["msg"])
            for problem in error.errors(include_url=False, include_input=False)
        )
    )
