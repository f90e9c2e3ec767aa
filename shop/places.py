"""Where the shop has the pages of a purchase."""

from .client import path_of


def place_of(purchase_id: str, name: str = "") -> str:
    """The address of a purchase's page, or of the one of its pages that has this name.

    Raises Trouble (404) for what can be no purchase's id.
    """
    page = f"/shop{path_of(purchase_id)}"
    return f"{page}/{name}" if name else page
