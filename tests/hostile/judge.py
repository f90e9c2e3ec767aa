"""What every answer has to be, whatever was asked."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema_rs

from api.errors import Kind
from tests.hostile.sizes import FULL
from tests.hostile.wire import Answer

SLOWEST = 9.0
SLOWEST_WEBHOOK = 2.0 if FULL else 4.0
HEADERS = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}
FORBIDDEN = (
    b"Traceback",
    b'.py"',
    str(Path(__file__).parents[2]).encode(),
    b"/usr/",
    b"site-packages",
    b"failureCode",
    b"sqlite",
    b"sqlalchemy",
    b"aiohttp",
    b"temporalio",
    b"pydantic",
    b"sk_test",
    b"whsec_",
)
_TYPES = frozenset(f"urn:ferryman:problem:{kind}" for kind in Kind)


class Judge:
    """Counts the answers, and remembers what was wrong with any."""

    def __init__(self, document: dict[str, Any]) -> None:
        schema = {
            "$ref": "#/components/schemas/ProblemDocument",
            "components": document["components"],
        }
        self._problem = jsonschema_rs.validator_for(schema)
        self.statuses: Counter[int | str] = Counter()
        self.wrong: list[str] = []
        self.problems = 0

    @property
    def inputs(self) -> int:
        """How many were sent."""
        return sum(self.statuses.values())

    @property
    def figure(self) -> str:
        """What may be quoted."""
        failed = self.statuses[500]
        refused = sum(
            count for status, count in self.statuses.items() if str(status).startswith(("4", "5"))
        )
        share = 100 * self.problems / refused if refused else 0
        return (
            f"{self.inputs} inputs, {failed} answers of 500, {self.statuses['hang']} hangs,"
            f" {share:g}% problem documents; {dict(sorted(self.statuses.items(), key=str))}"
        )

    def see(self, label: str, answer: Answer | None) -> None:
        """Judge one answer; None is a connection closed without one."""
        if answer is None:
            self.statuses["closed"] += 1
            return
        self.statuses[answer.status] += 1
        for fault in self._faults(label, answer):
            self.wrong.append(f"{label}: {answer.status} {fault}: {answer.body[:300]!r}")

    def hung(self, label: str) -> None:
        """Note that no answer came."""
        self.statuses["hang"] += 1
        self.wrong.append(f"{label}: no answer")

    def _faults(self, label: str, answer: Answer) -> list[str]:
        faults = [f"has no {name}" for name in _missing(answer)]
        faults += [f"says {word!r}" for word in FORBIDDEN if word in answer.head + answer.body]
        slowest = SLOWEST_WEBHOOK if "webhook" in label else SLOWEST
        if answer.took > slowest:
            faults.append(f"took {answer.took:.1f} s")
        if answer.status >= 500 and answer.status != 503:
            faults.append("is our failure")
        if answer.status >= 300:
            faults += self._problem_faults(answer)
        return faults

    def _problem_faults(self, answer: Answer) -> list[str]:
        if answer.headers.get("content-type") != "application/problem+json":
            return [f"is {answer.headers.get('content-type')}"]
        if not answer.body:
            # To a HEAD.
            self.problems += 1
            return []
        document = json.loads(answer.body)
        faults = [str(error.message) for error in self._problem.iter_errors(document)]
        if document["type"] not in _TYPES or document["status"] != answer.status:
            faults.append("is of no type of ours")
        self.problems += not faults
        return faults


def _missing(answer: Answer) -> list[str]:
    """Headers that keep browsers and caches off; and none may name the server or open it."""
    wrong = [name for name, value in HEADERS.items() if answer.headers.get(name) != value]
    if not answer.headers.get("content-security-policy", "").startswith("default-src 'none'"):
        wrong.append("content-security-policy")
    if not answer.headers.get("x-request-id"):
        wrong.append("x-request-id")
    if answer.headers.get("server"):
        wrong.append(f"reason to say {answer.headers['server']}")
    wrong += [name for name in answer.headers if name.startswith("access-control-")]
    return wrong
