"""Why a person may be called: what it means, what helps, and what never to do.

The runbook has a section of the same name for each of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from . import wording

RUNBOOK = "docs/operating.md"


@dataclass(frozen=True)
class Reason:
    """One reason, in words for whoever was called."""

    means: str
    do: str
    never: str


REASONS: Mapping[str, Reason] = {
    wording.REVIEW_OVERDUE: Reason(
        "Digital River's fraud review takes longer than the review window. Nothing was captured.",
        "Ask Digital River's risk team about the order. `extendDeadline` waits on in silence,"
        " `forceCancel` gives it up.",
        "Ship before the purchase is `accepted`.",
    ),
    wording.CAPTURE_FAILED: Reason(
        "A parcel has left and its money could not be taken. Digital River tries again for up to"
        " 30 days; no more goods may leave meanwhile.",
        "Wait, or cancel what is open and settle the parcel with the shopper.",
        "Ship the rest past Ferryman, or refund a parcel that was never paid for.",
    ),
    wording.LATE_MONEY: Reason(
        "Money has come for a purchase that had ended: Digital River holds what nothing was"
        " sold for.",
        "Ask the shopper. In `cancelled`: keep it with `acceptLatePayment`, or give it back with"
        " `forceCancel`; where its workflow has ended too, both are refused: give it back in"
        " Digital River's Dashboard. In any other state it was paid for an order that a newer one"
        " replaced: refund that one in Digital River's Dashboard.",
        "Do both. Force the end of a purchase that lives: its own order would be cancelled.",
    ),
    wording.ORDER_LEFT_OPEN: Reason(
        "The purchase has ended, and Digital River did not take the cancellation of its unpaid"
        " order. The shopper could still pay it, so it stays watched.",
        "Ask again with `retry`, or cancel the order in Digital River's Dashboard.",
        "Terminate this workflow: nobody would see the money come.",
    ),
    wording.CANCEL_REFUSED: Reason(
        "Digital River does not take the cancellation of an accepted order. It is asked again,"
        " ever less often, and nothing ships.",
        "See in the Dashboard what became of the order; `retry` asks again now.",
        "Ship what somebody wants cancelled.",
    ),
    wording.CANCEL_FAILED: Reason(
        "Digital River took the cancellation, and giving back what was charged has failed.",
        "Have Digital River's support give the money back; then `reread`.",
        "Tell the shopper that the money is on its way before it is.",
    ),
    wording.SHIPMENT_REFUSED: Reason(
        "Digital River did not take a shipment, so that its money is not captured.",
        "Compare the parcel with the order's lines. If the goods have left, report the same"
        " `shipmentId` again once the cause is gone; else stop the parcel, then `reread`.",
        "Report the same parcel under another id while the first report is in doubt.",
    ),
    wording.REAUTHORIZATION_FAILED: Reason(
        "The authorisation had aged, and the shopper's bank refused a new one: goods that leave"
        " now would not be paid for.",
        "Ask the shopper to see to it with the bank and report the same shipment again, or"
        " cancel what is open and let them order anew.",
        "Ship without a report that was taken.",
    ),
    wording.CHARGEBACK: Reason(
        "The shopper's bank has taken money back.",
        "Answer the dispute in Digital River's Dashboard; `hold` what has not left yet. `reread`"
        " ends this call.",
        "Refund it as well: the money would go back twice.",
    ),
    wording.UNKNOWN_ORDER: Reason(
        "Digital River has a living order under this purchase's number which none of its"
        " checkouts made. The timeline names it.",
        "Find out who made it: perhaps another environment on the same account. Cancel it there"
        " where it is nobody's; then `reread`.",
        "Ship for it, or adopt an order of another environment.",
    ),
    wording.KEY_REFUSED: Reason(
        "Digital River does not accept our key: no purchase gets on.",
        "Run `python -m ferryman self-test`, put the key right, restart API and workers. The"
        " steps go on by themselves.",
        "Terminate or reset what waits: nothing of it is broken.",
    ),
    wording.AUTHORIZATION_EXPIRING: Reason(
        "In two days or less the payment's authorisation is too old to ship against.",
        "Ship what is open, or cancel what cannot be shipped in time.",
        "Let it pass with goods half way out.",
    ),
    wording.AUTHORIZATION_EXPIRED: Reason(
        "The payment's authorisation is too old: goods that leave now may not be paid for.",
        "Cancel what is open and let the shopper order again.",
        "Ship past Ferryman.",
    ),
    wording.PROVIDER_AWAY: Reason(
        "For five minutes Digital River has not done what a step asks. The step goes on trying,"
        " at least once a minute, and nothing is lost.",
        "See whether others wait too; look at Digital River's status page and our network."
        " `retry` tries at once.",
        "Do the step by hand in the Dashboard, or terminate or reset the workflow.",
    ),
    wording.PROVIDER_REFUSES: Reason(
        "Digital River answers, and for five minutes has refused what it should give. The step"
        " goes on trying.",
        "Look for the order in the Dashboard and for the failure under Pending Activities;"
        " mend the cause, then `retry`.",
        "Create anew what it does not show: it may be there all the same.",
    ),
    wording.RECORDS_AWAY: Reason(
        "Our own database has not taken this purchase's record for five minutes. What happened"
        " is safe in this workflow's history.",
        "Bring the database back; the step goes on by itself.",
        "Write the record by hand, or put an old backup over a living database.",
    ),
    wording.PROVIDER_DIFFERS: Reason(
        "At Digital River the order stands where our purchase should not be. Nothing ships.",
        "See in the Dashboard who moved it. `reread` follows it as soon as it stands clear;"
        " `forceCancel` ends the purchase.",
        "Ship before both agree.",
    ),
    wording.ORDER_NOT_FOUND: Reason(
        "The call that creates the order had no clear answer, and the order is not found so far."
        " The search goes on; no second one is created.",
        "Search the Dashboard for this purchase's number. `adoptOrder` takes what you find;"
        " `forceCancel` cancels it as soon as its outcome is known.",
        "Create the order by hand, or let the shopper pay again elsewhere.",
    ),
    wording.INTERRUPTED: Reason(
        "A piece of work of the purchase's own was refused, and nobody waited for its answer."
        " The timeline says which (`interrupted`).",
        "Read the timeline, mend the cause, then `reread`.",
        "Reset the workflow before the cause is understood.",
    ),
    wording.LINES_UNMATCHED: Reason(
        "Lines of this purchase have no counterpart in Digital River's order: they can be"
        " neither shipped nor cancelled.",
        "Compare both; cancel the order where it sells something else.",
        "Report a parcel under lines that only look alike.",
    ),
    wording.SHIPMENT_DOUBLED: Reason(
        "A shipment was told again after a doubtful answer, and both reports came through: more"
        " may be captured than has left.",
        "Compare Digital River's fulfillments with the parcels; refund what is too much. `reread`"
        " ends this call.",
        "Report anything of this parcel once more.",
    ),
    wording.REFUND_FAILED: Reason(
        "A refund did not reach the shopper, or they never said where it should go.",
        "Read its reason, then ask for a new one under a new `refundId`.",
        "Believe the shopper has the money.",
    ),
    wording.REFUND_DOUBLED: Reason(
        "A refund was asked for again after a doubtful answer, and both came through: more may have"
        " gone back than was asked for.",
        "Compare the amounts in the Dashboard and stop what is too much there. While the purchase"
        " is open, `reread` ends this call.",
        "Ask for it once more.",
    ),
    wording.RETURN_REFUSED: Reason(
        "Digital River does not take this return, or that its goods are back.",
        "Compare it with what was shipped; settle it with a refund where the shopper is right.",
        "Promise money before there is a refund.",
    ),
    wording.UNCLAIMED: Reason(
        "For three days no purchase has been found for this event's order.",
        "Look for the order in the Dashboard. Where it belongs to another environment or to"
        " nobody, send the signal `dismiss`.",
        "Dismiss an order that holds a shopper's money.",
    ),
}


_ELSEWHERE = Reason(
    "A newer version of Ferryman has called for it.",
    "Read the timeline, and that version's runbook.",
    "Guess.",
)


def paragraph(reason: str) -> str:
    """The words for whoever is called, with the runbook's section; in markdown."""
    said = REASONS.get(reason, _ELSEWHERE)
    lines = (
        f"{said.means}\n",
        f"- **Do:** {said.do}",
        f"- **Never:** {said.never}",
        f"- Runbook: `{RUNBOOK}#{anchor(reason)}`",
    )
    return "\n".join(lines)


def anchor(reason: str) -> str:
    """The runbook's section of this reason."""
    return reason.replace("_", "-")
