"""Registered acts to be changed, and the fixtures of the tests that change them."""

import json
import secrets

import pytest
from signing import REGNUM, Office, act, day, problem, status

ORDER = {"court": "Сүхбаатар дүүргийн иргэний хэргийн анхан шатны шүүх", "number": "181/ШШ2026/00417", "date": day(-3)}

REQUESTS = {
    "notary": {"by": "notary"}, "unnamed": {}, "parties": {"by": "parties"}, "principal": {"by": "principal", "principal": {"regnum": REGNUM}},
    "court": {"by": "court", "basis": ORDER},
}


def fresh() -> bytes:
    return secrets.token_bytes(32)


def property_number() -> str:
    return f"Ү-{secrets.randbelow(10**10):010}"


@pytest.fixture(scope="module")
def deeds(module_ledger, pki):
    return module_ledger.serve("--trust", pki.trust)


@pytest.fixture(scope="module")
def office(deeds, pki):
    return Office.enrol(deeds, pki, "NT001")


@pytest.fixture(scope="module")
def other(deeds, pki):
    return Office.enrol(deeds, pki, "NT002")


class Case:
    """A registered power of attorney."""

    def __init__(self, office: Office, draft: dict | None = None) -> None:
        self.office, self.draft = office, draft or act(fresh())
        self.answer = office.registered(self.draft)
        self.number, self.code = self.answer.json()["act"], self.answer.json()["accessCode"]

    def content(self, **members) -> dict:
        return {name: value for name, value in (self.draft | members).items() if name != "salt"}

    @property
    def told(self) -> dict:
        """What the notary is told of it."""
        return self.office.act(self.number).json()


@pytest.fixture
def case(office):
    return Case(office)


def numbers(lines) -> list[str]:
    return [line["act"] for line in lines]


def changed(answer):
    assert answer.status == 201, answer
    return answer


def refused(answer, status, code):
    assert (answer.status, problem(answer)) == (status, code), answer


def check_evidence_of_changes(deeds, pki, case, answers, states, folder) -> None:
    """Each verifies offline and names the entry before by its commitment."""
    before = commitment(deeds, pki, case.answer, folder, f"act={case.number}", "action=registered")
    for answer, state in zip(answers, states):
        before = commitment(deeds, pki, answer, folder, f"act={case.number}", f"action={state}", f"before={before}")


def commitment(deeds, pki, answer, folder, *expected) -> str:
    evidence = deeds.evidence(answer, folder / "entry.tlog-proof")
    options = [part for one in expected for part in ("--expect", one)]
    done = deeds.verify(evidence, "--trust", pki.trust, "--json", *options)
    assert done.status == 0, done.all
    (signature,) = json.loads(done.output)["issuerSignatures"]
    assert (signature["outcome"], signature["coverage"]) == ("valid", "statement"), signature
    return json.loads(done.output)["record"]["commitment"]
