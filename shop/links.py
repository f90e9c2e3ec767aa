"""Which links may be shown: those that lead to a web page, for as long as they do."""

from datetime import UTC, datetime

from ferryman.purchase.documents import Document

_WEB = ("https://", "http://")


def leads_to_the_web(url: str) -> bool:
    """Tell an address from what was erased, and from what would run as a script."""
    return url.startswith(_WEB)


def opens(document: Document) -> bool:
    """Tell whether a document's link is there, and has not expired yet."""
    until = document.expires_time
    return leads_to_the_web(document.url) and (until is None or until > datetime.now(UTC))
