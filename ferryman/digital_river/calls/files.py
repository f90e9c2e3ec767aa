"""Documents: invoices and credit memos for the customer, certificates from the customer."""

from datetime import datetime

from ferryman.digital_river.models import File, FileLink, Page

from .base import Body, Calls, Filters


class FileCalls(Calls):
    """Calls on `/files` and `/file-links`."""

    async def create_file(self, body: Body) -> File:
        """Upload a document, its content in base64; not repeatable."""
        return await self._post(File, "files", body=body)

    async def get_file(self, file_id: str) -> File:
        """Read what a document is; its own address needs the confidential key."""
        return await self._get(File, "files", file_id)

    async def create_file_link(self, file_id: str, expires_time: datetime) -> FileLink:
        """Let anyone with the link read a file until then."""
        body = {"fileId": file_id, "expiresTime": expires_time}
        return await self._post(FileLink, "file-links", body=body)

    async def list_file_links(
        self, file_id: str, *, limit: int = 100, starting_after: str | None = None
    ) -> Page[FileLink]:
        """Find the links to a file, expired ones too, newest first."""
        filters: Filters = {"fileId": file_id, "limit": limit, "startingAfter": starting_after}
        return await self._get(Page[FileLink], "file-links", filters=filters)
