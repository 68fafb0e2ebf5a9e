"""The arithmetic of receipts against a second implementation of it, over receipts made at random.

Every receipt has a suffix of its own, since a body sent twice within a minute is a repetition. The examples are the same in every run.
"""

import itertools
import re
import tempfile
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest
from arithmetic_till import (  # noqa: F401, fixtures
    assert_echoed, named, till, till_of_two_rates, wrong_city_tax, wrong_vat,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from reckoning import (
    CITY_TAX, EXEMPT, KINDS, MONGO, OF_BOTH, PAYERS, TOTALS, VAT, Payer, amounts, any_part, bill, goods, half_way, money, offsets, paid,
    part, places, sales, share, single, summed, taxes,
)
from spelling import any_number, dice, respelt, written

# What it caches belongs into no repository.
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis")


def examples(count: int):
    return settings(max_examples=count, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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
