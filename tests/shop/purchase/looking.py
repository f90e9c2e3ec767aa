"""Finds what a page says, by the ids of its elements."""

from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "br"}


class _Reader(HTMLParser):
    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted = wanted
        self.open: list[str] = []
        self.texts: list[str] = []
        self.found = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        begins = ("id", self.wanted) in attrs
        self.found = self.found or begins
        if tag not in _VOID and (self.open or begins):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Closes at once."""

    def handle_endtag(self, tag: str) -> None:
        if self.open and tag not in _VOID:
            assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.append(data)


def text_of(html: bytes, wanted: str) -> str | None:
    """The words in the element with this id; None where the page has none."""
    reader = _Reader(wanted)
    reader.feed(html.decode())
    return " ".join(" ".join(reader.texts).split()) if reader.found else None
