"""Invented shoppers whose every word can be found again wherever it should not be."""

from dataclasses import dataclass
from random import Random
from typing import Final

from demo.catalogue import Market
from demo.http import JSON

CANARIES: Final = {
    "name": b"zeisigmann",
    "email": b"zeisig.",
    "street": b"zeisigweg",
    "phone": b"+4955501",
    "address of the browser": b"198.51.100.",
}
"""What gives each kind of personal data away, in lower case."""


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
        return {**self.market.address, "line1": f"Zeisigweg {self.token}"}

    def contact(self) -> JSON:
        """Whom goods and bills are sent to."""
        return {
            "name": f"Erika Zeisigmann-{self.token}",
            "email": self.email,
            "phone": f"+49555010{int(self.token, 16) % 10_000:04}",
            "address": self.address,
        }

    def owner(self, last_name: str) -> JSON:
        """Who pays; the sandbox takes some last names as orders of what is to happen."""
        return {
            "firstName": f"Zeisigmann-{self.token}",
            "lastName": last_name,
            "email": self.email,
            "address": self.address,
        }


def invented(random: Random, market: Market) -> Person:
    """Invent somebody."""
    return Person(f"{random.getrandbits(40):010x}", market)
