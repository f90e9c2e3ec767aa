"""The line ledger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferryman.purchase import lines as ledger
from ferryman.purchase.messages import CancelledItem, ShipmentItem
from ferryman.purchase.readings import OrderedItem
from ferryman.purchase.request import Item


def _item(line_id: str, quantity: int) -> Item:
    return Item.model_validate(
        {"lineId": line_id, "skuId": f"sku-{line_id}", "quantity": quantity, "price": 1}
    )


LINES = ledger.ordered([_item("a", 3), _item("b", 2)])

moves = st.lists(
    st.builds(
        lambda line, shipped, cancelled: ShipmentItem.model_construct(
            line_id=line, quantity=shipped, cancel_quantity=cancelled
        ),
        st.sampled_from(["a", "b", "c"]),
        st.integers(0, 4),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=3,
)


@given(st.lists(moves, max_size=50))
def test_every_line_adds_up_whatever_is_asked(program):
    """Fulfilled, cancelled and open always make the quantity, and none is below zero."""
    lines = LINES
    for items in program:
        try:
            lines = ledger.moved(lines, items)
        except ledger.OverQuantity:
            continue

    assert [3, 2] == [line.fulfilled + line.cancelled + line.open for line in lines]
    assert all(min(line.fulfilled, line.cancelled, line.open) >= 0 for line in lines)


def test_over_quantity_names_the_place():
    """More than is open is refused with the item's index."""
    with pytest.raises(ledger.OverQuantity) as caught:
        ledger.moved(
            LINES,
            [ShipmentItem(line_id="a", quantity=1), ShipmentItem(line_id="b", quantity=3)],
        )

    assert (1, "b") == (caught.value.index, caught.value.line_id)


def test_line_cannot_be_named_twice_in_one_movement():
    """A doubled line is refused even where both together would fit."""
    with pytest.raises(ledger.OverQuantity, match="doubled"):
        ledger.moved(LINES, [ShipmentItem(line_id="a", quantity=1)] * 2)


def test_whole_cancellation_takes_only_what_is_open():
    """Shipped pieces stay shipped when the rest is cancelled."""
    lines = ledger.moved(LINES, [ShipmentItem(line_id="a", quantity=2)])

    lines = ledger.moved(lines, ledger.cancelling(lines, None))

    assert [(2, 1, 0), (0, 2, 0)] == [(x.fulfilled, x.cancelled, x.open) for x in lines]


def test_partial_cancellation_takes_what_was_named():
    """Only the named pieces are cancelled."""
    lines = ledger.moved(LINES, ledger.cancelling(LINES, [CancelledItem(line_id="b", quantity=1)]))

    assert [(0, 0, 3), (0, 1, 1)] == [(x.fulfilled, x.cancelled, x.open) for x in lines]


def test_order_items_are_matched_by_our_line_id_before_their_place():
    """The provider may list its items in another order."""
    lines = ledger.matched(
        LINES, [OrderedItem(id="20", line_id="b"), OrderedItem(id="10", line_id="a")]
    )

    assert ["10", "20"] == [line.order_item_id for line in lines]


def test_order_items_without_metadata_are_matched_by_what_they_are():
    """A provider that drops metadata and turns the order around still ships the right goods."""
    items = [
        OrderedItem(id="20", sku_id="sku-b", quantity=2),
        OrderedItem(id="10", sku_id="sku-a", quantity=3),
    ]

    lines = ledger.matched(ledger.matched(LINES, items), items[::-1])

    assert ["10", "20"] == [line.order_item_id for line in lines]


def test_two_lines_of_one_sku_get_an_item_each():
    """Lines that differ in nothing share the items out among them."""
    lines = ledger.ordered([_item("a", 1), _item("b", 1)])
    lines = tuple(line.model_copy(update={"sku_id": "same"}) for line in lines)

    lines = ledger.matched(lines, [OrderedItem(id=i, sku_id="same", quantity=1) for i in "12"])

    assert ["1", "2"] == [line.order_item_id for line in lines]


def test_order_item_of_another_sku_is_no_lines():
    """A line is never shipped under an item that is something else."""
    lines = ledger.matched(LINES, [OrderedItem(id="10", sku_id="sku-x", quantity=3)])

    assert ledger.unmatched(lines)
    assert [None, None] == [line.order_item_id for line in lines]


def test_name_that_several_items_bear_is_nobodys():
    """Of an order made elsewhere an item's own id decides, whatever is written on its line."""
    lines = ledger.ordered([_item("10", 1), _item("11", 1), _item("c", 1)])
    items = [
        OrderedItem(id="10", line_id="same"),
        OrderedItem(id="11", line_id="same"),
        OrderedItem(id="12", line_id="c"),
        OrderedItem(id="13", line_id="10"),
    ]

    assert ["10", "11", "12"] == [x.order_item_id for x in ledger.matched(lines, items)]


def test_order_items_that_say_nothing_are_matched_by_place():
    """Without our line ids and without SKUs, the order of the lines is all there is."""
    lines = ledger.matched(LINES, [OrderedItem(id="10"), OrderedItem(id="20")])

    assert ["10", "20"] == [line.order_item_id for line in lines]
