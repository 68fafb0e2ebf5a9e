"""A till of every merchant, whose receipts must be taken or refused, and what it is told."""

import http.client
import itertools
import json
import re
from decimal import Decimal

import pytest
import tamga
from reckoning import OWN
from spelling import digits, shortest, written


class Till:
    """One connection to a service, and the numbers that it gave."""

    suffixes = itertools.count(1)

    def __init__(self, ledger: tamga.Ledger) -> None:
        self.ledger, self.ids, self.before = ledger, set(), ledger.size
        self.connection = http.client.HTTPConnection(ledger.posapi, timeout=20)

    def send(self, text: str) -> tamga.Answer:
        self.connection.request("POST", "/rest/receipt", text.encode(), {"Content-Type": "application/json"})
        got = self.connection.getresponse()
        answer = tamga.Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())
        if answer.status == 200:
            self.ids.add(answer.json()["id"])
        return answer

    def new(self, body: dict) -> dict:
        """The receipt with a suffix that no other has."""
        return {**body, "billIdSuffix": str(next(self.suffixes))}

    def takes(self, body: dict, number=digits) -> dict:
        """Files a receipt, which must be taken; gives the answer with its numbers as decimals."""
        answer = self.send(written(self.new(body), number))
        assert answer.status == 200, answer
        told = json.loads(answer.body, parse_int=Decimal, parse_float=Decimal)
        assert told["status"] == "SUCCESS", answer
        return told

    def refuses(self, body: dict, number=digits) -> str:
        """Files a receipt, which must be refused; gives the message."""
        answer = self.send(written(self.new(body), number))
        assert answer.status == 400, answer
        assert answer.json()["status"] == "ERROR", answer
        return answer.json()["message"]

    def close(self) -> None:
        """Ends; what was refused has left nothing, and what was taken is there once."""
        self.connection.close()
        assert self.ledger.size == self.before + len(self.ids)


@pytest.fixture(scope="module")
def till(open_shop, tmp_path_factory):
    """A till of every merchant: those of the seeds, and those that owe one tax only, or of whom nobody knows."""
    file = tmp_path_factory.mktemp("merchants") / "merchants.json"
    file.write_text(json.dumps(OWN))
    open_shop.must("issuer", "add-merchant", "--from", file)
    till = Till(open_shop)
    yield till
    till.close()


@pytest.fixture(scope="module")
def till_of_two_rates(cli, tmp_path_factory):
    """A till where two rates of the city tax are in force."""
    ledger = tamga.Ledger.create(cli, tmp_path_factory.mktemp("two-rates") / "data")
    (ledger.data / "tables").mkdir()
    (ledger.data / "tables" / "tax-rates.csv").write_text("tax,basisPoints,from,to\nVAT,1000,,\nCITY_TAX,100,,\nCITY_TAX,200,2023-01-01,\n")
    try:
        till = Till(ledger.enrol_merchants().serve())
        yield till
        till.close()
    finally:
        ledger.close()


def named(message: str) -> list[Decimal]:
    """The amounts that a message names behind its first colon."""
    return [Decimal(number) for number in re.findall(r"\d+(?:\.\d+)?", message.partition(": ")[2])]


def wrong_vat(amount: Decimal) -> str:
    return f"НӨАТ-г 10%-р тооцоолоогүй байна. Шалгуур дүн: {shortest(amount)}"


def wrong_city_tax(amount: Decimal) -> str:
    return f"НХАТ-г 2%-р тооцоолоогүй байна. Шалгуур дүн: {shortest(amount)}"


def assert_echoed(told, asked) -> None:
    """Everything asked is told again, numbers as JSON numbers of the same value."""
    match asked:
        case dict():
            for name, value in asked.items():
                assert_echoed(told[name], value)
        case list():
            assert len(told) == len(asked)
            for one, other in zip(told, asked):
                assert_echoed(one, other)
        case _:
            assert type(told) is type(asked) and told == asked
