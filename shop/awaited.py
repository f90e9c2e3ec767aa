"""Why a purchase waits, in words: what has to come, and from whom."""

from collections.abc import Mapping

WHY: Mapping[str, str] = {
    "shopper": "The shopper has to choose a payment and submit.",
    "mended_checkout": "Digital River refused this checkout; the merchant has to mend it.",
    "provider": "Digital River has not answered yet. Nothing is guessed: it is asked again.",
    "payment": "The shopper's money has not arrived yet.",
    "redirect": "The shopper has to pay at the payment page and come back.",
    "review": "Digital River's risk team looks at it. Nothing may ship.",
    "fulfillment": "The warehouse has to ship, or cancel, what is open.",
    "operator": "An operator has put it on hold. Nothing may ship.",
    "capture": "Digital River has not captured the money for what was shipped yet.",
    "dispute": "The shopper's bank disputes the charge. Parcels and refunds are held meanwhile.",
}
"""By the purchase's `waitingFor.what`."""
