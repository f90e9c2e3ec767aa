"""What a test source provokes: card numbers and owner last names.

Digital River's own (Testing scenarios): the card numbers below; for receiver methods the last names
SourceCreationFail, SourceFailWithDelay, RefundFailWhileCreation and RefundFailAfterPaymentInfo; for
redirects and wallets SourceFail, SourceFailAfterRedirect, ChargeFail, ChargeCreationFail,
ChargeFailedAfterPending, ChargeRemainPending, CaptureFail, CancelFail, RefundFail,
RefundFailedAfterPending and SCATestFail; for Alipay authFail, authFailAfterRedirect and refundFail.

The sandbox's additions, by last name as well: `Review` (the order goes into review), `FraudBlock`
(409 `order-fraud-failure`), `FailCode` (409 `failed-request`) and `FailCode` with a decline code
behind it, such as `FailCode insufficient_funds`, `FailCodeCardExpired` or `FailCode-do-not-honor`.
"""

import re

from .errors import Refusal, conflict
from .wire import Json, words

CARDS = {
    "4000000000003295": "SourceFail",
    "4000000000003600": "ChargeFail",
    "4000000000004103": "CaptureFail",
    "4000000000004111": "RefundFail",
    "4000000000004442": "CancelFail",
    "4485951788521565": "CaptureFailAfterPending",
    "4556602564240839": "RefundFailedAfterPending",
    "4024007120579635": "CaptureRemainPending",
    "4000000000000028": "CaptureRemainPending",
}
_NAMES = frozenset(
    words(
        "SourceCreationFail SourceFail SourceFailWithDelay SourceFailAfterRedirect ChargeFail "
        "ChargeCreationFail ChargeFailedAfterPending ChargeRemainPending CaptureFail CancelFail "
        "RefundFail RefundFailWhileCreation RefundFailAfterPaymentInfo RefundFailedAfterPending "
        "FraudBlock Review"
    )
)
_ALIASES = {  # Alipay's own names, and a card payment that is challenged and then fails
    "authFail": "SourceFail",
    "authFailAfterRedirect": "ChargeFail",
    "refundFail": "RefundFail",
    "SCATestFail": "ChargeFail",
}
_FAIL_CODE = "FailCode"
DECLINES = {
    "account_closed": "Stop all billing as this account is closed.",
    "card_expired": "The card has expired. Provide valid card information and try again.",
    "card_limit_exceeded": "The transaction exceeds the card limit amount.",
    "card_type_block": "The merchant has blocked this card type.",
    "card_velocity_exceeded": "The transaction exceeds the card velocity amount.",
    "declined": "The card has been declined for an unknown reason.",
    "do_not_honor": "The card issuing bank has declined this payment.",
    "fraud": "The transaction has been identified by the issuing bank as fraudulent.",
    "fraud_block": "The transaction has been identified by Digital River as fraudulent.",
    "insufficient_funds": "The card has insufficient funds to complete the purchase.",
    "invalid_card_number": "The card number entered is invalid.",
    "invalid_security_code": "The security code provided is invalid or incorrect.",
    "issuer_unavailable": "The card issuing bank could not be reached.",
    "limit_exceeded": "The transaction amount exceeds your assigned limit.",
    "lost_stolen_card": "The issuing bank has marked this card lost or stolen.",
    "no_response": "The payment processor did not respond.",
    "restricted_card": "Restricted by the card network.",
    "stop_recurring": (
        "The cardholder has requested all recurring and / or installment charges to be stopped."
    ),
    "voice_authorization_required": (
        "The request request requires voice authorization before it can be authorized."
    ),
}
FAILED_REQUEST = "failed-request"
CREATION_FAILS = frozenset(("SourceCreationFail", "SourceFail"))
CHARGE_FAILS = frozenset(("ChargeFail", "ChargeCreationFail"))


def trigger_of(owner: Json | None, card_number: str | None) -> str:
    """Give the scenario a source plays: a card number's, else its owner's last name's, else ``."""
    by_card = CARDS.get((card_number or "").replace(" ", ""))
    if by_card:
        return by_card
    last_name = (owner or {}).get("lastName") or ""
    last_name = _ALIASES.get(last_name, last_name)
    return last_name if last_name in _NAMES or last_name.startswith(_FAIL_CODE) else ""


def decline(trigger: str, fraud_code: str) -> Refusal | None:
    """Give the 409 with which a charge is declined at order creation, where one is due."""
    if trigger == "FraudBlock":
        message = "The order was blocked by the fraud review."
        return conflict(fraud_code, message)
    if trigger in CHARGE_FAILS:
        return conflict(FAILED_REQUEST, "Failed to charge source.")
    if trigger.startswith(_FAIL_CODE):
        code = _snake(trigger.removeprefix(_FAIL_CODE))
        message = DECLINES.get(code, "Failed to charge source.")
        return conflict(code if code in DECLINES else FAILED_REQUEST, message)
    return None


def _snake(name: str) -> str:
    words = re.findall(r"[A-Z]?[a-z0-9]+", name)
    return "_".join(words).lower()
