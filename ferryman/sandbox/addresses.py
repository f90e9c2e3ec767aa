"""Which addresses Digital River takes (Providing address information)."""

import re

from .errors import conflict, invalid, missing
from .taxes import UNSUPPORTED_COUNTRIES
from .wire import Json, words

_POSTAL_CODES = {
    "CA": r"[A-Za-z]\d[A-Za-z][ -]?\d[A-Za-z]\d",
    "DE": r"\d{5}",
    "ES": r"\d{5}",
    "FR": r"\d{5}",
    "GB": r"[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}",
    "IT": r"\d{5}",
    "US": r"\d{5}(-\d{4})?",
}
_STATES = {
    "US": frozenset(
        words(
            "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE "
            "NV "
            "NH "
            "NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AA AE AP AS GU MP PR "
            "VI"
        )
    ),
    "CA": frozenset(words("AB BC MB NB NL NS NT NU ON PE QC SK YT")),
}


def check_addresses(request: Json) -> None:
    """Refuse addresses of a checkout request that could never be shipped or billed to."""
    for name in ("shipTo", "billTo", "shipFrom"):
        address = (request.get(name) or {}).get("address")
        if address:
            _check(address)
    ship_to = (request.get("shipTo") or {}).get("address")
    if ship_to:
        _check_complete(ship_to)


def _check_complete(address: Json) -> None:
    if not address.get("line1"):
        raise missing("address.line1")
    needed = ["city", "postalCode", "country"]
    needed += ["state"] if address["country"] in _STATES else []
    for field in needed:
        if not address.get(field):
            raise missing(f"shipTo.address.{field}")


def _check(address: Json) -> None:
    country = address["country"]
    if not re.fullmatch(r"[A-Z]{2}", country):
        raise invalid("address.country", f"'{country}' is not a valid country.")
    if country in UNSUPPORTED_COUNTRIES:
        raise conflict("country_unsupported", f"Country '{country}' is not supported.", "country")
    code, pattern = address.get("postalCode"), _POSTAL_CODES.get(country)
    if code and pattern and not re.fullmatch(pattern, code):
        message = "A required address parameter, postal code, is invalid."
        raise invalid("address.postalCode", message)
    state, states = address.get("state"), _STATES.get(country)
    if state and states and state not in states:
        message = "A required address parameter, state/province, is invalid."
        raise invalid("address.state", message)
