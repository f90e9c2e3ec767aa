"""Stories of what may come after the sale: captures that fail, refunds, disputes."""

from decimal import Decimal

from demo import merchant, provider, shopper
from demo.catalogue import CABLE, LAMP, UNITED_STATES
from demo.scene import Scene
from demo.sources import UNCAPTURABLE_CARD, card, push


async def capture_failed(scene: Scene) -> None:
    """Fail to capture the first parcel's money; stop the second, and call a person."""
    await shopper.fills_basket(scene, {LAMP: 1, CABLE: 1})
    await shopper.pays_with(scene, card(UNCAPTURABLE_CARD))
    await shopper.submits(scene, "accepted")
    await merchant.ships(scene, "parcel-1", {LAMP: 1})
    await scene.calls_a_person("capture_failed")
    await merchant.may_not_ship(scene, "parcel-2", {CABLE: 1})
    await scene.ends("accepted")


async def refund_of_a_wire_transfer(scene: Scene) -> None:
    """Give money back that was pushed: the shopper has to name a bank account."""
    await shopper.fills_basket(scene, {LAMP: 2}, UNITED_STATES)
    await shopper.pays_with(scene, push("wireTransfer"))
    await shopper.submits(scene, "pending_payment")
    await provider.gets_the_money(scene)
    await scene.reaches("accepted")
    await merchant.ships(scene, "parcel-1", {LAMP: 2})
    await scene.ends("complete")
    await merchant.refunds(scene, "refund-1", {"amount": Decimal("10.00")})
    refund = await merchant.refund_is(scene, "refund-1", "pending_information")
    await provider.hears_the_bank_account(scene, refund["id"])
    await merchant.refund_is(scene, "refund-1", "succeeded")


async def dispute_holds_and_lets_go(scene: Scene) -> None:
    """Hold a parcel and a refund while the bank disputes; let both go out after."""
    await shopper.fills_basket(scene, {LAMP: 2})
    await shopper.pays_with(scene, card())
    await shopper.submits(scene, "accepted")
    await merchant.ships(scene, "parcel-1", {LAMP: 1})
    await provider.captures(scene)
    await provider.opens_dispute(scene)
    await scene.reaches("disputed")
    await merchant.has_to_hold(scene, "parcel-2", {LAMP: 1})
    await merchant.refunds(scene, "refund-1", {"amount": Decimal("5.00")}, held=True)
    await provider.resolves_dispute(scene)
    await merchant.refund_is(scene, "refund-1", "succeeded")
    await scene.ends("complete")
