"""The arithmetic of receipts against a second implementation of it, in decimals, over receipts made at random.

The rules: VAT and city tax are inside a price; each is rounded half up to a mongo and may be off by one; sums are exact. Every receipt has
a suffix of its own, since a body sent twice within a minute is a repetition. The examples are the same in every run.
"""

import http.client
import itertools
import json
import re
import tempfile
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path
from typing import NamedTuple

import pytest
import tamga
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

# What it caches belongs into no repository.
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis")


def examples(count: int):
    return settings(max_examples=count, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])


# Who sells

OWN = [
    {"tin": "90010000911", "name": "Зөвхөн НӨАТ", "vatPayer": True, "cityTaxPayer": False},
    {"tin": "90010000912", "name": "Зөвхөн НХАТ", "vatPayer": False, "cityTaxPayer": True},
    {"tin": "90010000913", "name": "Тодорхойгүй"},
]
MERCHANTS = json.loads((tamga.SEEDS / "merchants.json").read_text()) + OWN


class Payer(NamedTuple):
    """Who charges taxes: a merchant, or a lessee on its list. A flag is None when nobody stated it."""

    merchant: str
    tin: str
    vat: bool | None
    city: bool | None


# A merchant that is on its own list is the merchant.
PAYERS = list({
    (merchant["tin"], seller["tin"]): Payer(merchant["tin"], seller["tin"], seller.get("vatPayer"), seller.get("cityTaxPayer"))
    for merchant in MERCHANTS for seller in [*merchant.get("customers", []), merchant]}.values())
OF_BOTH = [payer for payer in PAYERS if payer.vat and payer.city and payer.tin == payer.merchant]
EXEMPT = {"VAT_FREE": "437", "VAT_ZERO": "501", "NO_VAT": "0000414", "NOT_VAT": "0009112300"}
KINDS = ["VAT_ABLE", *EXEMPT]


# The second implementation

VAT, CITY_TAX = Decimal("0.10"), Decimal("0.02")
MONGO = Decimal("0.01")
TOTALS = ("totalAmount", "totalVAT", "totalCityTax")


def money(mongo: int) -> Decimal:
    return Decimal(mongo) * MONGO


def share(total: Decimal, rate: Decimal, rates: Decimal, rounding=ROUND_HALF_UP) -> Decimal:
    """The part of an inclusive price that is one tax."""
    with localcontext(prec=60):
        return (total * rate / (1 + rates)).quantize(MONGO, rounding)


def taxes(total: Decimal, vat: bool, city: bool, city_rate=CITY_TAX, rounding=ROUND_HALF_UP) -> dict:
    """The taxes of an item that bears VAT or not, city tax or not."""
    vat_rate, city_rate = VAT * vat, city_rate * city
    rates = vat_rate + city_rate
    return {"totalVAT": share(total, vat_rate, rates, rounding), "totalCityTax": share(total, city_rate, rates, rounding)}


def half_way(rate: Decimal, rates: Decimal) -> tuple[list[int], int]:
    """For which mongo the exact tax lies between two mongo: the remainders, and what they are remainders of."""
    part, whole = int(rate * 100), int((1 + rates) * 100)
    return [mongo for mongo in range(whole) if 2 * mongo * part % (2 * whole) == whole], whole


# Receipts: dictionaries as they go over the wire, numbers as decimals

def goods(total: Decimal, payer: Payer, kind: str, city: bool, vat: bool = True, **members) -> dict:
    """An item with the taxes that the merchant owes; `vat` and `city` say whether it charges what it may or may not charge."""
    owed = kind == "VAT_ABLE" and (payer.vat or payer.vat is None and vat)
    code = {"taxProductCode": EXEMPT[kind]} if kind in EXEMPT else {"classificationCode": "2349010"}
    return {"name": "Талх", "measureUnit": "ш", "qty": Decimal(1), "unitPrice": total, "totalAmount": total, **code,
            **taxes(total, bool(owed), city and payer.city is not False), **members}


def part(payer: Payer, kind: str, items: list[dict]) -> dict:
    return {"taxType": kind, "merchantTin": payer.tin, "items": items}


def bill(merchant: str, parts: list[dict]) -> dict:
    return summed({
        "branchNo": "001", "districtCode": "2501", "merchantTin": merchant, "posNo": "001", "type": "B2C_RECEIPT", "receipts": parts})


def single(payer: Payer, kind: str, total: Decimal, city: bool, **members) -> dict:
    """A receipt of one item."""
    return bill(payer.merchant, [part(payer, kind, [goods(total, payer, kind, city, **members)])])


def summed(body: dict) -> dict:
    """The receipt with the sums of its parts, paid in cash."""
    for name in TOTALS:
        for receipt in body["receipts"]:
            receipt[name] = sum(item[name] for item in receipt["items"])
        body[name] = sum(receipt[name] for receipt in body["receipts"])
    return paid(body)


def paid(body: dict) -> dict:
    body["payments"] = [{"code": "CASH", "status": "PAID", "paidAmount": body["totalAmount"]}]
    return body


# At random

amounts = st.one_of(st.integers(1, 300), st.integers(300, 10**6), st.integers(10**5, 10**8), st.integers(10**7, 10**11)).map(money)
decimals = st.builds(lambda digits, places: Decimal(digits).scaleb(-places), st.integers(1, 10**9), st.integers(0, 6))
offsets = st.builds(lambda mongo, sign: money(mongo) * sign, st.one_of(st.integers(1, 9), st.integers(1, 10**6)), st.sampled_from([1, -1]))
# Its numbers come from one drawn seed.
dice = st.randoms(use_true_random=True)


@st.composite
def any_part(draw, payer: Payer, kind: str) -> dict:
    """A sub-receipt. Quantity and unit price are anything: their product need not be the amount."""
    items = [
        goods(total, payer, kind, city, vat, qty=quantity, unitPrice=price)
        for total, city, vat, quantity, price in draw(
            st.lists(st.tuples(amounts, st.booleans(), st.booleans(), decimals, decimals), min_size=1, max_size=3))]
    return part(payer, kind, items)


@st.composite
def sales(draw, taxed: bool = False) -> dict:
    """A receipt without fault. A taxed one has VAT, and its merchant may charge city tax, too."""
    payer = draw(st.sampled_from(OF_BOTH if taxed else PAYERS + OF_BOTH))
    sellers = [other for other in PAYERS if other.merchant == payer.merchant]
    chosen = [(payer, "VAT_ABLE")] if taxed else []
    chosen += draw(st.lists(
        st.tuples(st.sampled_from([payer, *sellers]), st.sampled_from(["VAT_ABLE"] * 4 + KINDS)), min_size=1 - taxed, max_size=4 - taxed))
    return bill(payer.merchant, [draw(any_part(*choice)) for choice in chosen])


def places(body: dict, of_city: bool) -> list[tuple[dict, Payer, bool]]:
    """The items that one of the taxes may be charged on: who charges it, and whether VAT."""
    found = []
    for receipt in body["receipts"]:
        payer = next(payer for payer in PAYERS if (payer.merchant, payer.tin) == (body["merchantTin"], receipt["merchantTin"]))
        vat = receipt["taxType"] == "VAT_ABLE" and payer.vat is not False
        if vat if not of_city else payer.city is not False:
            found += [(item, payer, vat) for item in receipt["items"]]
    return found


# Spelling

def digits(number: Decimal) -> str:
    return f"{number:f}"


def shortest(number: Decimal) -> str:
    """As the service writes numbers: 50 and 0.9, not 50.00 and 0.90."""
    return digits(number.normalize())


def written(body, number=digits) -> str:
    """JSON."""
    match body:
        case Decimal():
            return number(body)
        case dict():
            return "{" + ",".join(f'"{name}":{written(value, number)}' for name, value in body.items()) + "}"
        case list():
            return "[" + ",".join(written(value, number) for value in body) + "]"
        case _:
            return json.dumps(body, ensure_ascii=False)


def padded(number: Decimal) -> str:
    return digits(number) + ("0" if "." in digits(number) else ".000")


def exponential(number: Decimal) -> str:
    return f"{number:E}"


def any_number(random):
    """Writes numbers in some of the ways that clients have, as strings, too."""
    forms = random.choice([[digits], [shortest], [digits, shortest, padded], [digits, shortest, padded, exponential]])
    quotes = random.choice([[""], ['"'], ["", '"']])

    def write(number: Decimal) -> str:
        quote = random.choice(quotes)
        return quote + random.choice(forms)(number) + quote
    return write


def respelt(body, random, name: str = "") -> str:
    """A body that means the same."""
    space = random.choice(["", "", " ", "\n\t"])
    match body:
        case dict():
            return space + "{" + ",".join(random_members(body, random)) + space + "}"
        case list():
            return space + "[" + ",".join(respelt(value, random) for value in body) + "]"
        case Decimal():
            return space + any_number(random)(body) + space
        case "NO_VAT" | "NOT_VAT":
            body = random.choice(["NO_VAT", "NOT_VAT"])
        case _ if name == "branchNo":
            body = random.choice([str(int(body)), str(int(body)).zfill(2), body])
        case _ if name == "merchantTin" and random.random() < 0.3:
            return space + body
    return space + json.dumps(body, ensure_ascii=random.random() < 0.3) + space


NOTHING = ("customerTin", "consumerNo", "inactiveId", "invoiceId", "reportMonth", "bankAccountNo", "iBan", "barCode", "data", "new")


def random_members(body: dict, random) -> list[str]:
    """Members in any order and letter case, some twice, of which the last counts; nothing said is the same as nothing, or zero tax."""
    members = [(name, respelt(value, random, name)) for name, value in body.items()]
    members += [(name, random.choice(["null", '""'])) for name in NOTHING if random.random() < 0.15]
    for place, (name, _) in enumerate(members):
        if name in ("totalVAT", "totalCityTax") and body[name] == 0 and random.random() < 0.5:
            members[place] = (name, random.choice(["null", '""', "0", '"0.00"', "-0"]))
    members = [(name, value) for name, value in members if not (value in ("null", '""') and random.random() < 0.3)]
    random.shuffle(members)
    for name in [name for name, value in members if value not in ("null", '""') and random.random() < 0.05]:
        members.insert(random.randint(0, [other for other, _ in members].index(name)), (name, random.choice(["0", "[]", '"999"', "null"])))
    return [f'"{"".join(random.choice([letter.upper(), letter.lower(), letter]) for letter in name)}":{value}' for name, value in members]


# The service

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


# The tests

@examples(250)
@given(sales(), dice)
def test_receipt_with_right_taxes_is_taken_and_told_again_exactly(till, body, random):
    told = till.takes(body, any_number(random))
    assert_echoed(told, body)
    assert "billIdSuffix" not in told
    ids = [told["id"]] + [receipt["id"] for receipt in told["receipts"]]
    assert all(re.fullmatch(r"\d{33}", id) for id in ids)
    prefix = body["merchantTin"].zfill(12) + body["branchNo"]
    assert {(id[:15], id[15:20], id[25:]) for id in ids} == {(prefix, ids[0][15:20], ids[0][25:])}
    assert [int(id[20:25]) - int(ids[0][20:25]) for id in ids] == list(range(len(ids)))


@examples(200)
@given(sales(taxed=True), st.data(), st.booleans(), offsets)
def test_tax_off_by_two_mongo_or_more_is_refused_and_the_right_one_named(till, body, data, of_city, off):
    wrong, payer, vat = data.draw(st.sampled_from(places(body, of_city)))
    name = "totalCityTax" if of_city else "totalVAT"
    # Where nobody knows whether a tax is owed, none of it is right, too.
    wrong |= taxes(wrong["totalAmount"], vat, of_city or wrong["totalCityTax"] > 0)
    right = wrong[name]
    off += MONGO.copy_sign(off)
    wrong[name] = right + off if right + off > 0 else right + abs(off)
    assert till.refuses(summed(body)) == (wrong_city_tax if of_city else wrong_vat)(right)


@examples(150)
@given(sales(), st.data())
def test_taxes_off_by_one_mongo_are_taken(till, body, data):
    for of_city, name in ((False, "totalVAT"), (True, "totalCityTax")):
        for item, _, _ in places(body, of_city):
            off = item[name] + data.draw(st.sampled_from([-MONGO, MONGO]))
            # None at all would say that the item bears no such tax.
            if item[name] > 0 and off > 0:
                item[name] = off
    till.takes(summed(body))


@examples(150)
@given(sales(taxed=True), st.data(), st.sampled_from(TOTALS), offsets)
def test_total_that_is_not_its_sum_is_refused_and_named(till, body, data, name, off):
    level = data.draw(st.sampled_from([None, *range(len(body["receipts"]))]))
    totals = body if level is None else body["receipts"][level]
    right = totals[name]
    off = off if right + off >= 0 else -off
    totals[name] += off
    # The total of the receipt follows its part, and the payment that: one sum alone is wrong.
    if level is not None:
        body[name] += off
    message = till.refuses(paid(body))
    assert message.startswith(f"{name} " if level is None else f"receipts[{level}].{name} "), message
    assert named(message) == [right + off, right]


CODES = ("CASH", "PAYMENT_CARD", "BANK_TRANSFER", "BANK_TRANSFER_QPAY", "EMD", "NEWER_THAN_THE_LIST")


@examples(200)
@given(amounts, st.data(), st.one_of(st.just(Decimal(0)), offsets))
def test_what_was_paid_must_be_the_total(till, total, data, off):
    body = single(OF_BOTH[0], "VAT_ABLE", total, city=True)
    cuts = sorted(data.draw(st.lists(st.integers(0, int(total / MONGO)), max_size=4)))
    payments = [("PAID", money(end - begin)) for begin, end in itertools.pairwise([0, *cuts, int(total / MONGO)])]
    # What was reversed or failed brought no money.
    payments += data.draw(st.lists(st.tuples(st.sampled_from(["REVERSED", "ERROR"]), amounts), max_size=3))
    if off:
        off = off if payments[0][1] + off >= 0 else -off
        payments[0] = ("PAID", payments[0][1] + off)
    body["payments"] = [
        {"code": data.draw(st.sampled_from(CODES)), "status": status, "paidAmount": amount}
        for status, amount in data.draw(st.permutations(payments))]
    if off:
        assert named(till.refuses(body)) == [total + off, total]
    else:
        assert_echoed(till.takes(body), body)


@examples(50)
@given(amounts, st.sampled_from(["REVERSED", "ERROR"]))
def test_payment_that_brought_nothing_pays_nothing(till, total, status):
    body = single(OF_BOTH[0], "VAT_ABLE", total, city=False)
    body["payments"][0]["status"] = status
    assert named(till.refuses(body)) == [0, total]


@examples(100)
@given(st.data(), st.sampled_from(PAYERS), st.sampled_from([*EXEMPT]), amounts)
def test_vat_on_what_bears_none_is_refused_even_one_mongo(till, data, payer, kind, vat):
    receipts = [data.draw(any_part(payer, "VAT_ABLE")), data.draw(any_part(payer, kind))]
    receipts[1]["items"][-1]["totalVAT"] = vat
    assert kind.replace("NOT_", "NO_") in till.refuses(bill(payer.merchant, receipts))


@examples(50)
@given(st.data(), st.sampled_from([payer for payer in PAYERS if payer.vat is False]), amounts)
def test_vat_of_who_charges_none_is_refused_even_one_mongo(till, data, payer, vat):
    receipt = data.draw(any_part(payer, "VAT_ABLE"))
    receipt["items"][-1]["totalVAT"] = vat
    assert payer.tin in till.refuses(bill(payer.merchant, [receipt]))


@examples(50)
@given(st.data(), st.sampled_from([payer for payer in PAYERS if payer.city is False]), st.sampled_from(KINDS), amounts)
def test_city_tax_of_who_charges_none_is_refused_even_one_mongo(till, data, payer, kind, city_tax):
    receipt = data.draw(any_part(payer, kind))
    receipt["items"][0]["totalCityTax"] = city_tax
    assert payer.tin in till.refuses(bill(payer.merchant, [receipt]))


WITHOUT_VAT = [(payer, kind) for payer in PAYERS for kind in KINDS if payer.city is not False and (kind in EXEMPT or payer.vat is False)]


@examples(100)
@given(st.sampled_from(WITHOUT_VAT), amounts)
def test_city_tax_without_vat_is_a_part_of_price_and_city_tax_alone(till, choice, total):
    payer, kind = choice
    body = single(payer, kind, total, city=True)
    assert body["totalVAT"] == 0 and body["totalCityTax"] == share(total, CITY_TAX, CITY_TAX)
    till.takes(body)
    as_with_vat = taxes(total, True, True)["totalCityTax"]
    if body["totalCityTax"] - as_with_vat > MONGO and as_with_vat > 0:
        wrong = single(payer, kind, total, city=True, totalCityTax=as_with_vat)
        assert till.refuses(wrong) == wrong_city_tax(body["totalCityTax"])


# Total, VAT and city tax when both are borne, VAT alone, city tax alone. The last four lie half way with both: 0.025 and 0.005, …
TABLE = [
    ("1120", "100", "20", "101.82", "21.96"),
    ("1000", "89.29", "17.86", "90.91", "19.61"),
    ("2800", "250", "50", "254.55", "54.90"),
    ("1", "0.09", "0.02", "0.09", "0.02"),
    ("0.28", "0.03", "0.01", "0.03", "0.01"),
    ("1.40", "0.13", "0.03", "0.13", "0.03"),
    ("2.52", "0.23", "0.05", "0.23", "0.05"),
    ("1000000.12", "89285.73", "17857.15", "90909.10", "19607.85"),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_known_taxes(till, row):
    total, vat, city_tax, only_vat, only_city_tax = map(Decimal, row)
    of_both, of_city = OF_BOTH[0], next(payer for payer in PAYERS if payer.vat is False and payer.city)
    for payer, city, right in ((of_both, True, (vat, city_tax)), (of_both, False, (only_vat, 0)), (of_city, True, (0, only_city_tax))):
        body = single(payer, "VAT_ABLE", total, city)
        assert (body["totalVAT"], body["totalCityTax"]) == right
        assert_echoed(till.takes(body), body)
        assert_limits(till, payer, total, city)


def assert_limits(till, payer: Payer, total: Decimal, city: bool) -> None:
    """One mongo more or less than the tax rounded half up is taken, two are refused: one rounded otherwise would be off at one end."""
    right = taxes(total, bool(payer.vat), city)
    for name, refusal in (("totalVAT", wrong_vat), ("totalCityTax", wrong_city_tax)):
        if right[name] == 0:
            continue
        for off in range(-2, 3):
            tax = right[name] + money(off)
            if tax <= 0:
                continue
            body = single(payer, "VAT_ABLE", total, city, **{name: tax})
            if abs(off) == 2:
                assert till.refuses(body) == refusal(right[name])
            else:
                till.takes(body)


def test_only_with_both_taxes_a_tax_can_lie_half_way():
    assert half_way(VAT, VAT) == ([], 110) and half_way(CITY_TAX, CITY_TAX) == ([], 102)
    assert half_way(VAT, VAT + CITY_TAX) == half_way(CITY_TAX, VAT + CITY_TAX) == ([28, 84], 112)


@examples(25)
@example(0)
@given(st.integers(0, 10**11 // 112))
def test_tax_half_way_between_two_mongo_is_rounded_up(till, number):
    # A total of 28 + 112 n mongo bears 2.5 + 10 n and 0.5 + 2 n mongo: half even would round both down.
    total = money(28 + 112 * number)
    up, even = taxes(total, True, True), taxes(total, True, True, rounding=ROUND_HALF_EVEN)
    assert {name: up[name] - even[name] for name in up} == {"totalVAT": MONGO, "totalCityTax": MONGO}
    assert_limits(till, OF_BOTH[0], total, city=True)
    # With 84 instead of 28 both lie below an even number.
    total = money(84 + 112 * number)
    assert taxes(total, True, True) == taxes(total, True, True, rounding=ROUND_HALF_EVEN)
    assert_limits(till, OF_BOTH[0], total, city=True)


@examples(50)
@example([(Decimal(1110), True), (Decimal(5550), True), (Decimal(1120), False)])
@given(st.lists(st.tuples(amounts, st.booleans()), min_size=1, max_size=4))
def test_of_two_rates_in_force_each_item_may_bear_either(till_of_two_rates, items):
    payer = OF_BOTH[0]
    rates = {True: Decimal("0.01"), False: CITY_TAX}
    priced = [goods(total, payer, "VAT_ABLE", True, **taxes(total, True, True, city_rate=rates[old])) for total, old in items]
    body = bill(payer.merchant, [part(payer, "VAT_ABLE", priced)])
    assert_echoed(till_of_two_rates.takes(body), body)


def test_of_two_rates_the_newer_is_named_and_vat_goes_with_the_one_borne(till_of_two_rates):
    def with_taxes(vat, city_tax):
        return single(OF_BOTH[0], "VAT_ABLE", Decimal(1110), True, totalVAT=Decimal(vat), totalCityTax=Decimal(city_tax))

    till_of_two_rates.takes(with_taxes("100", "10"))
    till_of_two_rates.takes(with_taxes("99.11", "19.82"))
    assert till_of_two_rates.refuses(with_taxes("100", "15")) == wrong_city_tax(Decimal("19.82"))
    assert till_of_two_rates.refuses(with_taxes("99.11", "10")) == wrong_vat(Decimal(100))
    assert till_of_two_rates.refuses(with_taxes("100", "19.82")) == wrong_vat(Decimal("99.11"))


@examples(150)
@given(sales(), st.sampled_from(["001", "007", "042", "142"]), dice)
def test_the_same_receipt_in_another_spelling_is_a_repetition(till, body, branch, random):
    body = till.new({**body, "branchNo": branch})
    first = till.send(written(body))
    again = till.send(respelt(body, random))
    assert (first.status, again.status) == (200, 200), (first, again)
    assert again.body == first.body and again.index == first.index


@examples(50)
@given(sales(), st.data(), dice)
def test_a_receipt_that_differs_in_one_number_is_another_sale(till, body, data, random):
    body = till.new(body)
    first = till.send(written(body))
    changed = data.draw(st.sampled_from([item for receipt in body["receipts"] for item in receipt["items"]]))
    changed[data.draw(st.sampled_from(["qty", "unitPrice"]))] += Decimal("0.0000001")
    other = till.send(respelt(body, random))
    assert (first.status, other.status) == (200, 200), (first, other)
    assert other.json()["id"] != first.json()["id"] and other.index == first.index + 1
