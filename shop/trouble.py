"""What keeps the shop from showing what was asked for, in words that anyone may read."""

from collections.abc import Mapping
from http import HTTPStatus

_WORDS: Mapping[int, tuple[str, str]] = {
    HTTPStatus.BAD_REQUEST: ("That request was not right", "The browser sent what we cannot read."),
    HTTPStatus.FORBIDDEN: (
        "That did not come from here",
        "Forms are taken from the shop's own pages only, at the shop's own address.",
    ),
    HTTPStatus.NOT_FOUND: ("There is nothing here", "Perhaps the address was mistyped."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("That cannot be done here", "Go back to the shop."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("That was too much", "The form holds too much text."),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("That was no form", "The shop reads plain forms only."),
    HTTPStatus.UNPROCESSABLE_ENTITY: ("That could not be taken", "Please check what you entered."),
    HTTPStatus.TOO_MANY_REQUESTS: ("Too much at once", "Wait a moment, then try again."),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "Not possible just now",
        "Something that the shop needs is away. Repeating it is safe: nothing is bought twice.",
    ),
}
_OTHERWISE = (
    "Something went wrong on our side",
    "Repeating it is safe: nothing is bought twice.",
)


class Trouble(Exception):
    """Ends a request with a page that says what is wrong.

    `words` replace what is usually said with this status; they have to be safe to show.
    """

    def __init__(self, status: int, words: str | None = None) -> None:
        super().__init__(f"{status} {words or ''}".strip())
        self.status = status
        self.title, usual = words_of(status)
        self.words = words or usual


def words_of(status: int) -> tuple[str, str]:
    """Give the title and the sentence for a status."""
    return _WORDS.get(status, _OTHERWISE)
