"""A second implementation of the arithmetic of receipts, in decimals, and receipts made at random.

The rules: VAT and city tax are inside a price; each is rounded half up to a mongo and may be off by one; sums are exact.
"""

import json
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import NamedTuple

import tamga
from hypothesis import strategies as st


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
