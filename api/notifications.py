"""What others were told of a purchase, how that went, and telling them again."""

import re
from collections.abc import Sequence

import structlog
from aiohttp import web

from ferryman.notices.notification import Notification
from ferryman.purchase.base import Noun
from ferryman.setting_types import Scope

from .answers import answer
from .authorization import CALLER
from .errors import not_found
from .keys import OUTBOX
from .purchases import purchase_of
from .routes import Route

_SEQUENCE = re.compile(r"[0-9]{1,9}", re.ASCII)

log = structlog.get_logger()


class Notifications(Noun):
    """All notices of a purchase, in their order."""

    has_more: bool = False
    data: Sequence[Notification]


async def list_all(request: web.Request) -> web.Response:
    """Answer the notices with every attempt to deliver them."""
    purchase = await purchase_of(request)
    return answer(Notifications(data=await request.app[OUTBOX].of(purchase.id)))


async def resend(request: web.Request) -> web.Response:
    """Have a notice sent once more, under the id that it always had."""
    purchase, sequence = await purchase_of(request), request.match_info["sequence"]
    found = None
    if _SEQUENCE.fullmatch(sequence):
        found = await request.app[OUTBOX].resend(purchase.id, int(sequence))
    if found is None:
        raise not_found("The purchase has no such notification.")
    log.info(
        "notification_resent",
        purchase_id=purchase.id,
        sequence=found.notice.sequence,
        by=request[CALLER].name,
    )
    return answer(found)


ROUTES = (
    Route(
        method="GET",
        path="/purchases/{id}/notifications",
        handler=list_all,
        access=Scope.READ,
        summary="Read what others were told of a purchase, with every attempt to deliver it",
        gives={200: Notifications},
        refuses=(404,),
    ),
    Route(
        method="POST",
        path="/purchases/{id}/notifications/{sequence}/resend",
        handler=resend,
        access=Scope.OPERATOR,
        summary="Send a notification once more, now",
        gives={200: Notification},
        refuses=(404,),
    ),
)
