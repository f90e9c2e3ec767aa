"""What a workflow refused, as problems."""

from ferryman.purchase.messages import Refusal

from .engine import Refused
from .errors import Kind, Problem, invalid


def refusal_of(refused: Refused) -> Problem:
    """Translate; the sentences are made to be shown."""
    match refused.kind:
        case Refusal.INVALID:
            return invalid(*(refused.errors or (("", refused.message),)))
        case Refusal.DECLINED:
            return Problem(Kind.DECLINED, refused.message)
        case Refusal.NOT_ALLOWED:
            return Problem(Kind.CONFLICT, refused.message)


def busy() -> Problem:
    """Too many calls to one purchase are in flight."""
    detail = "Too many calls at once; repeat it."
    return Problem(Kind.TOO_MANY_REQUESTS, detail, headers={"Retry-After": "1"})
