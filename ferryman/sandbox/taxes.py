"""Tax rates and selling entities by country: a small table that stands for Digital River's own."""

from decimal import Decimal

from .errors import conflict, invalid
from .wire import Json, words

_COUNTRIES = {
    "AT": "0.20",
    "AU": "0.10",
    "BE": "0.21",
    "CN": "0.13",
    "DE": "0.19",
    "DK": "0.25",
    "ES": "0.21",
    "FI": "0.24",
    "FR": "0.20",
    "GB": "0.20",
    "IE": "0.23",
    "IT": "0.22",
    "JP": "0.10",
    "KR": "0.10",
    "NL": "0.21",
    "PL": "0.23",
    "SE": "0.25",
    "TW": "0.05",
}
_SUBDIVISIONS = {
    ("CA", "ON"): "0.13",
    ("CA", "QC"): "0.14975",
    ("US", "CA"): "0.0725",
    ("US", "IL"): "0.0625",
    ("US", "MN"): "0.07525",
    ("US", "NE"): "0.0725",
    ("US", "NY"): "0.08875",
    ("US", "TX"): "0.0825",
    ("US", "WA"): "0.065",
}
_EUROPEAN_UNION = frozenset(words("AT BE DE DK ES FI FR IE IT NL PL SE"))
_ENTITIES = {
    "US": ("C5_INC-ENTITY", "DR globalTech Inc."),
    "CA": ("DR_INC-ENTITY", "Digital River Inc."),
    "GB": ("DR_UK-ENTITY", "Digital River UK Ltd."),
    "JP": ("DR_JAPAN-ENTITY", "Digital River Japan K.K."),
    "TW": ("DR_TAIWAN-ENTITY", "Digital River Taiwan"),
    "BR": ("DR_BRAZIL-ENTITY", "Digital River do Brasil Ltda."),
    "CN": ("DR_CHINA-ENTITY", "Digital River China"),
}
_ELSEWHERE = ("DR_IRELAND-ENTITY", "Digital River Ireland Ltd.")
UNSUPPORTED_COUNTRIES = frozenset(("CU", "IR", "KP", "SY"))


def check_identifiers(address: Json | None, types: list[str]) -> None:
    """Refuse an order with tax identifiers of elsewhere, or without one where it is required.

    A type names its country first, as in `de` or `br_natural` (Tax identifiers).
    """
    country = (address or {}).get("country", "")
    for kind in types:
        home = {"uk": "GB"}.get(kind, kind[:2].upper())
        together = country in _EUROPEAN_UNION and home in _EUROPEAN_UNION
        if home != country and not together:
            message = f"Tax identifiers of type '{kind}' are not applicable to this order."
            raise invalid("taxIdentifiers", message, status=409)
    if country == "BR" and not types:
        message = "Tax identifiers of type 'br_natural' are required with this selling entity."
        raise conflict("additional_information_required", message, "taxIdentifiers")


def rate_at(address: Json | None, *, reverse_charge: bool) -> Decimal:
    """Give the rate as a fraction; none where no destination is known or the buyer accounts for it.

    A European business with a tax identifier accounts for the tax itself, but for Ireland's, where
    the seller is at home.
    """
    country = (address or {}).get("country")
    if country is None or (reverse_charge and country in _EUROPEAN_UNION - {"IE"}):
        return Decimal(0)
    local = _SUBDIVISIONS.get((country, (address or {}).get("state") or ""))
    return Decimal(local or _COUNTRIES.get(country, "0"))


def seller_at(address: Json | None) -> Json:
    """Give the selling entity of a destination: an empty object until one is known."""
    country = (address or {}).get("country")
    if country is None:
        return {}
    identity, name = _ENTITIES.get(country, _ELSEWHERE)
    return {"id": identity, "name": name}
