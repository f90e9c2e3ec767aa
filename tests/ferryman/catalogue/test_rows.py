"""What is a product, what is none and why, in both formats."""

import json
import tracemalloc
from decimal import Decimal

import pytest

from ferryman.catalogue.check import check
from ferryman.catalogue.rows import Format, Refusal, Row, UnreadableCatalogue, format_of, read_rows
from tests.ferryman.catalogue.conftest import BOOTS

CSV = """\
id,name,eccn,taxCode,countryOfOrigin,weight,weightUnit,metadata.colour
boots,"Boots, ""tall""\nand warm",EAR99,4323.310_A,DE,1.25,kg,brown

laces,Laces,EAR99,4323.310_A,DE,,,
"""


def rows_of(path):
    """All rows of a file."""
    return list(read_rows(path, format_of(path)))


def reasons(path):
    """The refused lines and why."""
    return {row.line: row.reason for row in rows_of(path) if isinstance(row, Refusal)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": "boots 42"}, "id"),
        ({"id": "bööts"}, "id"),
        ({"id": ".."}, "id"),
        ({"id": "x" * 256}, "id"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"eccn": None}, "without skuGroupId it needs eccn"),
        ({"taxCode": None, "countryOfOrigin": None}, "needs taxCode and countryOfOrigin"),
        ({"countryOfOrigin": "Germany"}, "countryOfOrigin"),
        ({"hsCode": "6404.20"}, "hsCode"),
        ({"weight": 0}, "weight"),
        ({"weight": "heavy"}, "weight"),
        ({"weightUnit": "stone"}, "weightUnit"),
        ({"weight": None}, "weightUnit needs weight"),
        ({"image": "boots.png"}, "image"),
        ({"managedFulfillment": "someone"}, "managedFulfillment"),
        ({"metadata": {"x" * 41: "y"}}, "metadata"),
        ({"colour": "brown"}, "colour"),
    ],
)
def test_row_that_is_no_product(catalogue, change, reason):
    """What Digital River would refuse is refused here, with the line and the field."""
    path = catalogue(BOOTS, {**BOOTS, **change})

    assert [2] == list(reasons(path))
    assert reason in reasons(path)[2]


def test_group_takes_the_place_of_export_data(catalogue):
    """A product in a SKU group needs no classification of its own."""
    path = catalogue({"id": "boots", "name": "Boots", "skuGroupId": "footwear"})

    assert {} == reasons(path)


def test_lines_that_are_no_json(tmp_path):
    """A broken line is refused by itself; blank lines count but are no rows."""
    path = tmp_path / "catalogue.jsonl"
    good = json.dumps(BOOTS).encode()
    path.write_bytes(
        b"\xef\xbb\xbf" + good + b"\n\n{\n[]\n\xff\n" + b"x" * 300_000 + b"\n" + good + b"\n"
    )

    assert [3, 4, 5, 6] == list(reasons(path))
    assert [1, 7] == [row.line for row in rows_of(path) if isinstance(row, Row)]


@pytest.mark.parametrize("separator", [",", ";"])
def test_csv(tmp_path, separator):
    """Cells become what they are in JSON; empty ones say nothing; lines are the file's."""
    path = tmp_path / "catalogue.csv"
    text = CSV if separator == "," else CSV.replace(",", ";").replace('"Boots;', '"Boots,')
    path.write_text("\ufeff" + text.replace('"Boots, ', '"Boots '), encoding="utf-8")
    boots, laces = rows_of(path)

    assert (2, 5) == (boots.line, laces.line)
    assert Decimal("1.25") == boots.product.weight
    assert {"colour": "brown"} == boots.product.metadata
    assert {"name", "eccn", "taxCode", "countryOfOrigin"} == laces.product.attributes.keys()


def test_csv_rows_that_cannot_be_read(tmp_path):
    """Too few or too many cells, a stray quote or bytes that are no text spoil their row alone."""
    path = tmp_path / "catalogue.csv"
    good = b"boots,Boots,group\n"
    bad = [b"laces,Laces\n", b"a,b,c,d\n", b'a,"b"c,d\n', b"laces,L\xffces,group\n"]
    path.write_bytes(b"id,name,skuGroupId\n" + b"".join(bad) + good)

    assert [2, 3, 4, 5] == list(reasons(path))
    assert [6] == [row.line for row in rows_of(path) if isinstance(row, Row)]


@pytest.mark.parametrize("header", ["id,name,color", "name,eccn", "id,name,name", ""])
def test_header_that_names_no_product(tmp_path, header):
    """A header with a slip refuses the file, not ten thousand rows."""
    path = tmp_path / "catalogue.csv"
    path.write_text(f"{header}\n1,2,3\n", encoding="utf-8")

    with pytest.raises(UnreadableCatalogue):
        rows_of(path)


def test_formats_by_name(tmp_path):
    """The name tells the format, or the person has to."""
    assert Format.CSV == format_of(tmp_path / "A.CSV")
    assert Format.JSONL == format_of(tmp_path / "a.ndjson")
    with pytest.raises(UnreadableCatalogue):
        format_of(tmp_path / "catalogue.txt")


def test_doubled_ids(catalogue):
    """Of rows with one id none is sent, and each names the other."""
    path = catalogue(BOOTS, {**BOOTS, "id": "laces"}, BOOTS, {**BOOTS, "name": "Other boots"})
    checked = check(rows_of(path))

    assert 1 == checked.good
    assert {
        1: "stands in line 3 too",
        3: "stands in line 1 too",
        4: "stands in line 1 too",
    } == {line: refusal.reason for line, refusal in checked.refused.items()}


def test_length_of_a_catalogue_does_not_matter_to_the_memory(catalogue):
    """Of ten thousand rows only the ids are kept."""
    path = catalogue(*({**BOOTS, "id": f"sku-{row}", "name": "x" * 900} for row in range(10_000)))
    tracemalloc.start()
    try:
        checked = check(read_rows(path, Format.JSONL))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert 10_000 == checked.good
    assert peak < path.stat().st_size / 4
