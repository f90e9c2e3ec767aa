"""Public links to invoices and credit memos: the files' own address opens with our key alone."""

import asyncio
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

import structlog
from temporalio import activity

from ferryman.digital_river.client import DigitalRiver, calling_for
from ferryman.digital_river.errors import DigitalRiverError, InvalidRequest, NotFound
from ferryman.digital_river.models import FileLink
from ferryman.purchase.base import Noun
from ferryman.purchase.documents import Document
from ferryman.purchase.readings import DocumentFile

from . import failures

log = structlog.get_logger(__name__)

_LEAST = timedelta(days=1)
"""A link that ends sooner is of no use to anyone."""
_AT_ONCE, _AT_ONCE_SECONDS = 2, 3.0
"""A look at an order must not wait for its files."""


class LinkFile(Noun):
    """A document of a purchase that is to be opened by anyone."""

    purchase_id: str
    file: DocumentFile


class DocumentActivities:
    """Steps that publish documents ("Accessing invoices and credit memos")."""

    def __init__(self, digital_river: DigitalRiver, age: timedelta) -> None:
        self._digital_river = digital_river
        self._age = age

    @activity.defn(name="link_file")
    async def link(self, asked: LinkFile) -> Document:
        """Find the file's link or make one; a file that is not there yet is asked for again."""
        with calling_for(asked.purchase_id):
            async with failures.told():
                return await self._link(asked.file)

    async def links(
        self,
        files: Iterable[DocumentFile],
        known: Collection[str],
        *,
        purchase_id: str,
        order_id: str,
    ) -> dict[str, Document]:
        """Links to those of these files that are not known and are to be had at once, by file."""
        found: dict[str, Document] = {}
        new = [file for file in files if file.file_id not in known][:_AT_ONCE]
        try:
            async with asyncio.timeout(_AT_ONCE_SECONDS):
                for file in new:
                    found[file.file_id] = await self._link(file)
        except (DigitalRiverError, TimeoutError) as error:
            # Who asks for them by themselves has more patience, and tries again what fails.
            log.warning(
                "documents_not_linked",
                purchase_id=purchase_id,
                order_id=order_id,
                file_ids=[file.file_id for file in new if file.file_id not in found],
                cause=type(error).__name__,
            )
        return found

    async def _link(self, file: DocumentFile) -> Document:
        now = datetime.now(UTC)
        link = await self._lasting(file.file_id, now)
        if link is None:
            link = await self._digital_river.create_file_link(file.file_id, now + self._age)
        return Document(
            kind=file.kind, file_id=file.file_id, url=link.url, expires_time=link.expires_time
        )

    async def _lasting(self, file_id: str, now: datetime) -> FileLink | None:
        """A link that is there already, as after a lost answer, and will be for a while."""
        try:
            page = await self._digital_river.list_file_links(file_id)
        except (NotFound, InvalidRequest):
            # A second link does no harm; to make none because of the list would.
            return None
        for link in page.data:
            lasts = link.expires_time is not None and link.expires_time > now + min(
                self._age / 2, _LEAST
            )
            if link.file_id == file_id and not link.expired and lasts:
                return link
        return None
