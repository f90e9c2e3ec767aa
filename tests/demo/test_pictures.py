"""The documents' pictures: taken by one command, of the real Web UI, small enough for a page."""

import re
from pathlib import Path

import pytest

from demo.pictures.album import PICTURES
from demo.pictures.camera import WIDTH, NoBrowserError, browser, opened
from demo.pictures.window import VIEWS
from tests.demo.command import demo

DOCS = Path(__file__).parents[2] / "docs"
MOST_BYTES = 250 * 1024
SECONDS = 100
TAKEN = ("needs-a-person", "pending-activity", "shop-thanks")
WIDTHS = [WIDTH, WIDTH, 880]


def size(picture: Path) -> tuple[int, int]:
    """Width and height, by the file's header ("PNG specification", IHDR)."""
    header = picture.read_bytes()[:24]
    assert b"\x89PNG\r\n\x1a\n" == header[:8]
    return int.from_bytes(header[16:20]), int.from_bytes(header[20:24])


def test_documents_show_the_pictures_of_the_album_and_no_others():
    """Each picture is in the folder and in the page for operators, and nothing lies about."""
    shown = re.findall(r"\(images/([^)]+)\.png\)", (DOCS / "operators.md").read_text())
    kept = {path.stem for path in (DOCS / "images").iterdir()}

    assert {picture.name for picture in PICTURES} == {*shown}
    assert {*shown} | {view.name for view in VIEWS} == kept


def test_front_page_shows_pictures_that_are_there():
    """Whatever it shows, of the Web UI or of the shop, is in the folder."""
    shown = re.findall(r"\(docs/images/([^)]+)\.png\)", (DOCS.parent / "README.md").read_text())

    assert {*shown} <= {path.stem for path in (DOCS / "images").iterdir()}


@pytest.mark.parametrize("name", [picture.name for picture in PICTURES])
def test_pictures_fit_a_page(name):
    """As wide as a page, and quickly there."""
    picture = DOCS / "images" / f"{name}.png"

    assert WIDTH == size(picture)[0]
    assert MOST_BYTES >= picture.stat().st_size


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_views_of_the_shop_fit_a_page(view):
    """As wide as they were aimed, and quickly there."""
    picture = DOCS / "images" / f"{view.name}.png"

    assert view.width == size(picture)[0]
    assert MOST_BYTES >= picture.stat().st_size


async def test_machine_without_a_browser_is_told_so(tmp_path, monkeypatch):
    """What is missing is named, and how to get it."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoBrowserError, match="no Chromium is installed"):
        async with opened(tmp_path):
            pass


@pytest.mark.skipif(browser() is None, reason="takes pictures with Chromium, which is not here")
@pytest.mark.timeout(SECONDS + 20)
async def test_command_takes_pictures_of_a_real_system(tmp_path):
    """It starts a system, brings purchases into trouble, and shows what the Web UI says of it."""
    chosen = [part for name in TAKEN for part in ("--only", name)]
    album = tmp_path / "album"
    code, output = await demo(tmp_path, SECONDS, "pictures", "--folder", album, *chosen)
    taken = sorted(album.iterdir())

    assert 0 == code, output
    assert [f"{name}.png" for name in TAKEN] == [path.name for path in taken]
    assert WIDTHS == [size(path)[0] for path in taken]
