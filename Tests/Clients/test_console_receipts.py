"""Receipts in a merchant's console: found, taken back and corrected, alone and through the merchant's own PosAPI."""

from __future__ import annotations

import json
import random
import re
from decimal import Decimal

import pytest
from console import Screen, merchant
from console_shop import CHANGER, FINDER, either, screen, scripted, shop  # noqa: F401, fixtures
from daemon import Daemon, pushed
from pages import Page, amount, grouped, page
from sales import EXEMPT, SUMS, as_json, bill, goods, push, sale
from tamga import MERCHANT, eventually


@pytest.fixture(scope="module")
def finder(shop):
    """Receipts of several days, tills, amounts and buyers; and who looks for them."""
    made = {}
    for number, (date, till, total, buyer) in enumerate([
        ("2026-09-30 23:59:59", "1", 1120, {}), ("2026-10-01 00:00:00", "1", 2240, {"consumerNo": "10038071"}),
        ("2026-10-15 12:00:00", "2", 1120, {"consumerNo": "10038071"}), ("2026-10-31 23:59:59", "2", 3360, {}),
        ("2026-11-01 00:00:00", "3", 1120, {"type": "B2B_RECEIPT", "customerTin": MERCHANT}),
        ("2026-08-31 12:00:00", "касс 5", 5600, {}),
    ]):
        made[number] = push(shop, sale(FINDER, till=till, total=total, **buyer), date, number)
    for number in range(60):
        made[100 + number] = push(shop, sale(FINDER, till="many", total=11200), "2026-08-01 10:00:00", number)
    visitor = merchant(shop, FINDER).settled()
    return visitor, made


def numbers(screen: Screen) -> list[str]:
    return [row[0] for row in screen.page.rows("Newest first")]


def test_receipts_are_found_by_what_is_known_of_them(screen, finder):
    visitor, made = finder
    screen.become(visitor, "en").go("/merchant").follow("Receipts", within="header")

    def found(**known) -> list[int]:
        screen.go("/merchant/receipts")
        for label, value in known.items():
            screen.fill(label, value)
        screen.press("Search")
        if screen.h1 == "Receipt":
            return [next(each for each, id in made.items() if id == screen.page.facts()["Receipt number"])]
        return [next(each for each, id in made.items() if id == number) for number in numbers(screen)]

    assert found(**{"Receipt number": made[2]}) == [2]
    # As it is printed on paper, in groups.
    assert found(**{"Receipt number": " ".join(re.findall(".{1,4}", made[3]))}) == [3]
    assert found(**{"Receipt number": "1" * 33}) == [] and "There is no receipt of this number." in screen.notes
    assert found(From="2026-10-01", to="2026-10-31") == [3, 2, 1]
    assert found(Branch="001", Till="2") == [3, 2]
    assert found(Total="1120", From="2026-09-01") == [4, 2, 0]
    assert found(Buyer="10038071") == [2, 1]
    assert found(Buyer="99999999") == [] and "No receipt was found." in screen.notes
    assert found(Total="abc") == [] and "abc" in screen.notes[0]


@pytest.mark.parametrize("query,expected", [
    ("from=2026-11-01", [4]), ("from=2026-09-30&to=2026-09-30", [0]), ("to=2026-09-30&amount=1120", [0]),
    ("branch=1&till=2", [3, 2]), ("amount=1120,00", [4, 2, 0]), ("amount=1120.00", [4, 2, 0]),
    ("amount=1%C2%A0120,00%E2%82%AE", [4, 2, 0]),
    (f"buyer={MERCHANT}", [4]), ("buyer=10038071&amount=2240", [1]), ("buyer=10038071&from=2026-10-02&branch=001&till=2", [2]),
    ("amount=1120.01", []), ("buyer=1003807", [])])
def test_what_is_sought_may_be_written_in_several_ways(finder, query, expected):
    visitor, made = finder
    rows = visitor.page(f"/merchant/receipts?{query}").rows("Newest first")
    assert [row[0] for row in rows] == [made[each] for each in expected]


def test_a_blank_in_what_is_sought_is_a_blank(screen, finder):
    """Browsers write it as a plus sign in the address."""
    visitor, made = finder
    screen.become(visitor, "en").go("/merchant/receipts")
    screen.fill("Total", "1 120,00").fill("From", "2026-09-01").press("Search")
    assert set(numbers(screen)) >= {made[0], made[2], made[4]}, screen.notes
    assert screen.field("Total").get_attribute("value") == "1 120,00"
    screen.go("/merchant/receipts").fill("Branch", "001").fill("Till", "касс 5").press("Search")
    assert numbers(screen) == [made[5]]
    assert screen.field("Till").get_attribute("value") == "касс 5"


def test_a_till_is_found_by_its_number_and_a_branch_by_its_own(finder):
    """Every field that is filled in counts, or the page says why it does not."""
    visitor, made = finder
    ids = lambda told: {row[0] for row in told.rows("Newest first")}
    assert ids(visitor.page("/merchant/receipts?till=2")) == {made[2], made[3]}
    assert not ids(visitor.page("/merchant/receipts?branch=999"))
    assert made[4] in ids(visitor.page("/merchant/receipts?branch=001&from=2026-10-01"))


def test_days_the_wrong_way_round_find_nothing_of_another_day(finder):
    visitor, made = finder
    told = visitor.get("/merchant/receipts?from=2026-10-15&to=2026-10-01")
    assert told.status == 400 or not Page(told.text).rows("Newest first")


def test_long_lists_come_in_pages(screen, finder):
    visitor, made = finder
    screen.become(visitor, "en").go("/merchant")
    row = next(row for row in screen.page.rows() if row[1] == "many")
    assert (row[0], row[4]) == ("001", "60"), "the till and all its receipts"
    with screen.leaving():
        screen.driver.find_element("xpath", '//a[contains(., "001/many")]').click()
    seen = numbers(screen)
    assert len(seen) == 50
    screen.follow("Older receipts")
    seen += numbers(screen)
    assert seen == [made[number] for number in range(159, 99, -1)]
    assert "Older receipts" not in screen.page.links()


def test_a_correction_that_can_never_be_filed_is_not_offered(finder):
    """Tills that stand beside send to their own PosAPI, and so does who wants to correct: a form here could only fail."""
    visitor, made = finder
    told = visitor.page(f"/merchant/receipts/{visitor.entry(made[2])}")
    assert {"Correct it", "Take it back"}.isdisjoint(told.links())


# Taken back and corrected


def test_a_receipt_is_taken_back(shop, either):
    filed = shop.file(as_json(sale(CHANGER))).json()
    visitor = merchant(shop, CHANGER).settled()
    screen = either.become(visitor, "en")
    screen.go("/merchant/receipts").fill("Receipt number", filed["id"]).press("Search").follow("Take it back")
    assert screen.h1 == "Take this receipt back?" and "stays so" in screen.page.main.text
    size = shop.size
    screen.follow("No")
    assert shop.size == size
    screen.follow("Take it back").press("Yes, take it back")
    assert shop.size == size + 1 and screen.h1 == "A return"
    assert screen.page.facts()["Receipt number"] == filed["id"]
    screen.follow("Open the receipt")
    assert screen.page.facts()["State"] == "returned"
    assert {"Correct it", "Take it back"}.isdisjoint(screen.page.links())
    # Back in the browser, and once more.
    index = visitor.entry(filed["id"])
    again = visitor.post(f"/merchant/receipts/{index}/return")
    assert again.status == 409 and filed["id"] in page(again, 409).notes[0]
    assert shop.size == size + 1
    assert shop.pos("POST", "/rest/receipt", as_json(sale(CHANGER, inactiveId=filed["id"]))).status == 409


def test_a_receipt_is_corrected_by_its_quantities(shop, screen, tmp_path):
    tea = {"name": "Цай", "price": "18990", "city": False}
    parts = [("VAT_ABLE", CHANGER, [goods(quantity="3", price="1234.56"), goods(quantity="0.375", **tea)]),
             ("VAT_FREE", CHANGER, [goods("VAT_FREE", name="Сүү", quantity="2", price="3800.05")])]
    filed = shop.file(as_json(bill(CHANGER, *parts, split=True))).json()
    visitor = merchant(shop, CHANGER).settled()
    index = visitor.entry(filed["id"])
    screen.become(visitor, "en").go(f"/merchant/receipts/{index}").follow("Correct it")
    assert screen.field("Quantity – Цай").get_attribute("value") == "0.375"
    size = shop.size
    screen.fill("Quantity – Талх", "2").fill("Quantity – Сүү", "0").fill("Quantity – Цай", "0,5").press("Go on")
    # The payments are no more what is paid, and nothing is guessed.
    assert screen.h1 == "Correct a receipt" and screen.notes and screen.field("Quantity – Цай").get_attribute("value") == "0,5"
    items = [goods(quantity="2", price="1234.56"), goods(quantity="0.5", **tea)]
    total = sum(item["totalAmount"] for item in items)
    screen.fill("CASH (PAID)", f"{total - 1}").press("Go on")
    # Nothing is filed that was not shown.
    assert screen.h1 == "Confirm the correction" and grouped(total) in screen.page.main.text and shop.size == size, screen.notes
    screen.press("Yes, file it")
    assert screen.h1 == "Receipt", screen.notes
    facts, rows = screen.page.facts(), screen.page.rows("Goods")
    for term, name in {"Total": "totalAmount", "VAT": "totalVAT", "City tax": "totalCityTax"}.items():
        assert amount(facts[term]) == sum(item[name] for item in items), term
    assert [(row[0], *(amount(cell) for cell in row[4:])) for row in rows] == [
        (item["name"], item["totalVAT"], item["totalCityTax"], item["totalAmount"]) for item in items]
    assert facts["State"] == "in force" and facts["Corrects"] == filed["id"]
    assert screen.page.rows("Goods") and [node.text for node in screen.page.main.all("li")] == [
        f"CASH · PAID · {grouped(total - 1)}", f"PAYMENT_CARD · PAID · {grouped(1)}"]
    newer = screen.path
    screen.follow(filed["id"])
    assert screen.path == f"/merchant/receipts/{index}" and screen.page.facts()["State"] == "corrected"
    screen.follow("corrected")
    assert screen.path == newer
    # The evidence of the new one proves the new sums.
    told = visitor.get(screen.page.links()[facts["Evidence"]])
    (tmp_path / "evidence").write_bytes(told.body)
    assert shop.verify(tmp_path / "evidence", "--expect", f"total={total.normalize():f}").status == 0


def test_corrections_reckon_taxes_as_tills_do(shop):
    """Over quantities and prices at random; the same in every run."""
    chance = random.Random(20261122)
    visitor = merchant(shop, CHANGER)
    for number in range(12):
        kinds = chance.sample(["VAT_ABLE", *EXEMPT], 2)
        city = chance.random() < 0.5
        amounts = [(f"{chance.randint(1, 9999)}", f"{chance.randint(1, 10**chance.randint(3, 7))}.{chance.randint(0, 99):02d}")
                   for _ in range(3)]
        parts = [(kinds[0], CHANGER, [goods(kinds[0], *amounts[0], city=city), goods(kinds[0], *amounts[1], city=city)]),
                 (kinds[1], CHANGER, [goods(kinds[1], *amounts[2], city=city)])]
        filed = shop.file(as_json(bill(CHANGER, *parts))).json()
        index = visitor.settled().entry(filed["id"])
        changed = [(f"{chance.randint(1, 99999)}e-{chance.randint(0, 3)}", price) for _, price in amounts]
        changed = [(f"{Decimal(quantity):f}", price) for quantity, price in changed]
        fields = {f"{letter}{place}": value for place, pair in enumerate(changed) for letter, value in zip("qu", pair)}
        answer = visitor.done(f"/merchant/receipts/{index}/correct", {"consumer": "10038071", "confirmed": "yes", **fields})
        told = visitor.page(answer.headers["location"])
        items = [goods(kind, *pair, city=city) for kind, pair in zip([kinds[0], *kinds], changed)]
        assert [[amount(cell) for cell in row[4:]] for row in told.rows("Goods")] == [
            [item["totalVAT"], item["totalCityTax"], item["totalAmount"]] for item in items], (number, changed)
        facts = told.facts()
        for term, name in zip(("Total", "VAT", "City tax"), SUMS):
            assert amount(facts[term]) == sum(item[name] for item in items), (number, term)
        assert facts["Buyer"] == "10038071"


def test_a_correction_that_makes_no_sense_files_nothing(shop):
    filed = shop.file(as_json(sale(CHANGER))).json()
    visitor = merchant(shop, CHANGER).settled()
    path = f"/merchant/receipts/{visitor.entry(filed['id'])}/correct"
    size = shop.size
    usual = {"q0": "1", "u0": "1120", "consumer": ""}
    for change in ({"q0": "0"}, {"q0": "-1"}, {"q0": ""}, {"q0": "zwei"}, {"q0": "NaN"}, {"q0": "9" * 40}, {"q0": "1e400"},
                   {"u0": "99999999999999"}, {"consumer": "12"}, {"q0": "<b>"}):
        answer = visitor.post(path, usual | change)
        told = page(answer, 400)
        assert told.notes and shop.size == size, change
        name, value = next(iter(change.items()))
        assert told.root.one("input", name=name).attributes["value"] == value, "what was typed stays"


# Behind the merchant's own PosAPI


@pytest.fixture
def front(new_ledger, tmp_path):
    """A service before a PosAPI."""
    with Daemon() as daemon:
        ledger = new_ledger()
        file = tmp_path / "front.json"
        file.write_text(json.dumps([{"tin": MERCHANT, "name": "Дэлгүүр", "vatPayer": True, "cityTaxPayer": True, "way": "front",
                                     "posapi": daemon.address}]))
        ledger.must("issuer", "add-merchant", "--from", file)
        yield ledger.serve(), daemon
        ledger.close()


def test_a_sale_whose_outcome_is_open_waits_on_the_first_page(front):
    ledger, daemon = front
    who = merchant(ledger)
    assert who.page("/merchant").main.all("li", class_="card")[2].one("b").text == "0"
    daemon.plan("drop")
    lost = sale(till="W1")
    assert ledger.pos("POST", "/rest/receipt", lost).status == 504
    told = who.page("/merchant")
    assert told.main.all("li", class_="card")[2].one("b").text == "1"
    (row,) = told.rows()
    assert row[:2] == ["001", "W1"] and re.match(r"1 oldest \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row[5])
    assert ledger.pos("POST", "/rest/push", pushed(daemon.sold(lost)), {"Content-Type": "application/json"}).status == 200
    eventually(lambda: [row[4] for row in who.page("/merchant").rows()] == ["1"])
    told = who.page("/merchant")
    assert told.main.all("li", class_="card")[2].one("b").text == "0" and told.rows()[0][5] == "0"


def test_what_is_done_in_the_console_goes_through_the_posapi(front):
    ledger, daemon = front
    who = merchant(ledger)
    body = sale()
    ledger.file(body)
    index = who.settled().entry(daemon.sold(body).id)
    fields = {"q0": "3", "u0": "1120", "consumer": "", "confirmed": "yes"}
    daemon.plan("refusal")
    told = page(who.post(f"/merchant/receipts/{index}/correct", fields), 400)
    assert "НХАТ-г 2%-р тооцоолоогүй" in told.notes[0] and told.root.one("input", name="q0").attributes["value"] == "3"
    answer = who.done(f"/merchant/receipts/{index}/correct", fields)
    corrected = daemon.sales[-1]
    assert corrected.request["inactiveId"] == daemon.sold(body).id and corrected.request["totalAmount"] == 3360
    told = who.settled().page(answer.headers["location"])
    assert told.facts()["Receipt number"] == corrected.id and amount(told.facts()["Total"]) == 3360
    path = f"{answer.headers['location']}/return"
    daemon.plan("refusal", method="DELETE")
    assert "НХАТ" in page(who.post(path), 400).notes[0] and not corrected.is_returned
    who.done(path)
    assert corrected.is_returned and who.settled().page(answer.headers["location"]).facts()["State"] == "returned"
