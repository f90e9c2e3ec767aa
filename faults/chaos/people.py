"""Invented shoppers whose every word can be found again wherever it should not be."""

from dataclasses import dataclass
from random import Random
from typing import Final

from demo.catalogue import Market
from demo.http import JSON

PERSONAL: Final = {
    "name": b"zeisigmann",
    "email": b"zeisig.",
    "street": b"zeisigweg",
    "second street": b"stieglitzpfad",
    "phone": b"+4955501",
    "organisation": b"kernbeisser und soehne",
    "phonetic name": b"tsaizikhman",
    "payer": b"haenflinger",
    "address of the browser": b"198.51.100.",
    "note on the purchase": b"gimpelgruss",
    "note on a line": b"girlitzgravur",
}
"""What gives each kind of personal data away, in lower case."""

REPEATED: Final = {
    "reason of a cancellation": b"der bergfink war mir zu laut",
    "reason of a refund": b"ein kreuzschnabel hat daran gepickt",
    "tracking number": b"trk-birkenzeisig-",
}
"""What merchants write of a person and may read again."""

CANARIES: Final = {**PERSONAL, **REPEATED}


@dataclass(frozen=True)
class Person:
    """One shopper."""

    token: str
    market: Market

    @property
    def email(self) -> str:
        """The e-mail address."""
        return f"zeisig.{self.token}@example.com"

    @property
    def browser_ip(self) -> str:
        """Where the browser is."""
        return f"198.51.100.{int(self.token, 16) % 250 + 1}"

    @property
    def address(self) -> JSON:
        """The market's address with a street of this person's own."""
        street = {"line1": f"Zeisigweg {self.token}", "line2": f"Stieglitzpfad {self.token}"}
        return {**self.market.address, **street}

    @property
    def note(self) -> JSON:
        """What the shopper wants to have said with the goods."""
        return {"note": f"Gimpelgruss {self.token}"}

    @property
    def engraving(self) -> JSON:
        """What the shopper wants to have written on the goods."""
        return {"engraving": f"Girlitzgravur {self.token}"}

    @property
    def tracking_number(self) -> str:
        """What leads to where the person lives."""
        return f"TRK-Birkenzeisig-{self.token}"

    def contact(self) -> JSON:
        """Whom goods and bills are sent to."""
        return {
            "name": f"Erika Zeisigmann-{self.token}",
            "email": self.email,
            "phone": f"+49555010{int(self.token, 16) % 10_000:04}",
            "organization": "Kernbeisser und Soehne",
            "address": self.address,
            "additionalAddressInfo": {"phoneticName": f"Tsaizikhman {self.token}"},
        }

    def owner(self, last_name: str) -> JSON:
        """Who pays; the sandbox takes some last names as orders of what is to happen."""
        return {
            "firstName": f"Haenflinger-{self.token}",
            "lastName": last_name,
            "email": self.email,
            "address": self.address,
        }


def invented(random: Random, market: Market) -> Person:
    """Invent somebody."""
    return Person(f"{random.getrandbits(40):010x}", market)
