"""The consoles of merchants and of the operator: what people see and do there, who may, and whether the figures are true."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import json
import random
import re
import shutil
import socket
import sqlite3
import time
import urllib.parse
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
import tamga
from browser import Browser
from console import FORM, LANGUAGE, SESSION, Page, Screen, Visitor, amount, merchant, operator, page, pictures, table_file
from daemon import POS_NO, Daemon, pushed
from signing import Office
from tamga import MERCHANT, receipt
from test_relay import eventually, of
from test_shops import Shops

# Each group of tests has a merchant of its own.
FINDER, CHANGER, IMPORTER, ACCOUNTANT, HOLDER, TARGET, NASTY, STRANGER = (f"9001000100{number}" for number in range(1, 9))
LESSEES = {"90010001011": True, "90010001012": False}
EVIL = "<script>alert(1)</script>\"'<img src=x onerror=alert(2)>&amp;"
LONG = "Э" * 60
ENROLLED = [
    {"tin": FINDER, "name": "Хайгч", "way": "beside"}, {"tin": CHANGER, "name": "Засагч"},
    {"tin": IMPORTER, "name": "Импортлогч"},
    {"tin": ACCOUNTANT, "name": "Нягтлан", "customers": [
        {"tin": tin, "name": f"Түрээслэгч {tin[-1]}", "vatPayer": vat, "cityTaxPayer": vat} for tin, vat in LESSEES.items()]},
    {"tin": HOLDER, "name": "Эзэмшигч"}, {"tin": TARGET, "name": "Бай"},
    {"tin": NASTY, "name": EVIL, "customers": [{"tin": "90010001013", "name": EVIL, "vatPayer": True}]},
    {"tin": STRANGER, "name": "Танихгүй"}]
PASSWORD = "нохой хуцахад цас ордог"


@pytest.fixture(scope="module")
def shop(module_ledger, pki, tmp_path_factory):
    """A service with the merchants of all these tests."""
    file = tmp_path_factory.mktemp("merchants") / "merchants.json"
    file.write_text(json.dumps([{"vatPayer": True, "cityTaxPayer": True, **each} for each in ENROLLED]))
    module_ledger.enrol_merchants().must("issuer", "add-merchant", "--from", file)
    return module_ledger.serve("--trust", pki.trust)


@pytest.fixture(scope="module")
def screens(shop):
    """Browsers without scripts, by the width of their window."""
    with contextlib.ExitStack() as started:
        yield {width: Screen(started.enter_context(contextlib.closing(Browser(javascript=False, width=width))), shop)
               for width in (1280, 360)}


@pytest.fixture
def screen(screens):
    return screens[1280]


@pytest.fixture(scope="module")
def scripted(shop):
    """A browser that runs scripts."""
    with contextlib.closing(Browser()) as browser:
        yield Screen(browser, shop)


@pytest.fixture(params=[False, True], ids=["without scripts", "with scripts"])
def either(request):
    """One browser, then the other."""
    return request.getfixturevalue("scripted") if request.param else request.getfixturevalue("screen")


# Receipts


EXEMPT = {"VAT_FREE": "437", "VAT_ZERO": "501", "NO_VAT": "0000414"}
MONGO = Decimal("0.01")
SUMS = ("totalAmount", "totalVAT", "totalCityTax")
SUFFIX = (f"s{number}" for number in itertools.count(1))


def priced(quantity, price) -> Decimal:
    return (Decimal(quantity) * Decimal(price)).quantize(MONGO, ROUND_HALF_UP)


def taxes(total: Decimal, vat: bool, city: bool) -> dict:
    """The taxes within a price: VAT of 10 % and city tax of 2 %."""
    rates = {"totalVAT": Decimal(10) * vat, "totalCityTax": Decimal(2) * city}
    whole = 100 + sum(rates.values())
    parts = {name: (total * rate / whole).quantize(MONGO, ROUND_HALF_UP) for name, rate in rates.items()}
    return {"totalAmount": total, **parts}


def goods(kind: str = "VAT_ABLE", quantity="1", price="1120", name: str = "Талх", vat: bool = True, city: bool = True) -> dict:
    code = {"taxProductCode": EXEMPT[kind]} if kind in EXEMPT else {"classificationCode": "2349010"}
    return {"name": name, "measureUnit": "ш", "qty": Decimal(quantity), "unitPrice": Decimal(price), **code,
            **taxes(priced(quantity, price), vat and kind == "VAT_ABLE", city and kind == "VAT_ABLE")}


def bill(tin: str, *parts: tuple[str, str, list[dict]], till: str = "001", split: bool = False, **members) -> dict:
    """A receipt of sub-receipts: tax type, seller, goods. With `split`, one tugrik of it is paid by card."""
    body = {"branchNo": "001", "districtCode": "2501", "merchantTin": tin, "posNo": till, "type": "B2C_RECEIPT",
            "billIdSuffix": next(SUFFIX), "receipts": [
                {"taxType": kind, "merchantTin": seller, "items": items,
                 **{name: sum(item[name] for item in items) for name in SUMS}} for kind, seller, items in parts]}
    body |= {name: sum(part[name] for part in body["receipts"]) for name in SUMS}
    paid = [("CASH", body["totalAmount"] - split)] + [("PAYMENT_CARD", Decimal(1))] * split
    return body | {"payments": [{"code": code, "status": "PAID", "paidAmount": much} for code, much in paid]} | members


def wire(value):
    """Numbers as JSON has them."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral() else float(value)
    if isinstance(value, dict):
        return {name: wire(inner) for name, inner in value.items()}
    return [wire(inner) for inner in value] if isinstance(value, list) else value


def sale(tin: str = MERCHANT, **members) -> dict:
    return of(tin, receipt(**{"suffix": next(SUFFIX), **members}))


def of_posapi(body: dict, date: str, sequence: int) -> bytes:
    """The push of a receipt that a PosAPI issued at a time: numbers go up by twos."""
    day = datetime.strptime(date, "%Y-%m-%d %H:%M:%S")
    start = f"{body['merchantTin'].zfill(12)}{body['branchNo']}{(day.year - 2000) * 365 + day.timetuple().tm_yday:05d}"
    numbers = [f"{start}{sequence * 2 + place:05d}{POS_NO}" for place in range(2)]
    parts = [{"id": numbers[1], **part} for part in body["receipts"]]
    return pushed({**body, "id": numbers[0], "date": date, "receipts": parts})


def push(ledger, body: dict, date: str, sequence: int) -> str:
    """Gives the receipt's number."""
    sent = of_posapi(body, date, sequence)
    answer = ledger.pos("POST", "/rest/push", sent, {"Content-Type": "application/json"})
    assert answer.status == 200, answer
    return json.loads(sent)["receipt"]["id"]


def give_back(ledger, filed: dict) -> None:
    answer = ledger.pos("DELETE", "/rest/receipt", {"id": filed["id"], "date": filed["date"]})
    assert answer.status in (200, 204), answer


# 1. Every page, in both languages, wide and narrow


@pytest.fixture(scope="module")
def tour(shop):
    """Receipts in every state, and who looks at them."""
    first = shop.file(wire(bill(MERCHANT, ("VAT_ABLE", MERCHANT, [goods(name=LONG, quantity="1.5", price="98765.43")]), (
        "VAT_FREE", "61200064714", [goods("VAT_FREE", name="Сүү")]), split=True, consumerNo="10038071")))
    corrected = shop.file(sale(till="K-1")).json()
    shop.file(sale(total=2240, till="K-1", inactiveId=corrected["id"]))
    returned = shop.file(sale(till="Т" * 30)).json()
    give_back(shop, returned)
    visitor = merchant(shop).settled()
    return {
        "merchant": visitor, "operator": operator(shop), "month": first.json()["date"][:7],
        **{name: visitor.entry(each["id"]) for name, each in {
            "first": first.json(), "corrected": corrected, "returned": returned}.items()}}


def stops(tour: dict) -> dict[str, tuple[str, callable]]:
    """The pages by a name: whose they are, and how to get there."""
    rows = "\n".join([json.dumps(sale()), json.dumps(sale() | {"totalAmount": 1}), "{"])

    def search(words: str):
        return lambda screen: screen.go(f"/merchant/receipts?{words}")

    def go(path: str):
        return lambda screen: screen.go(path)

    def at(name: str, more: str = ""):
        return go(f"/merchant/receipts/{tour[name]}{more}")

    def send(path: str, number: int, **fields):
        """Fills in what has such a name, and presses the page's button of that number."""
        def fill(screen: Screen):
            screen.go(path)
            for name, value in fields.items():
                place = screen.driver.find_element("name", name)
                place.clear()
                place.send_keys(value)
            with screen.leaving():
                screen.driver.find_elements("css selector", "main form button")[number].click()
        return fill

    return {
        "sign-in": ("", go("/merchant/sign-in")), "sign-in-refused": ("", send("/merchant/sign-in", 1, token="tamga_wrong")),
        "overview": ("merchant", go("/merchant")), "receipts": ("merchant", go("/merchant/receipts")),
        "receipts-none": ("merchant", search("till=none&branch=001")), "receipts-no-number": ("merchant", search("number=1")),
        "receipts-wrong": ("merchant", search("amount=abc")),
        "receipt": ("merchant", at("first")), "receipt-corrected": ("merchant", at("corrected")),
        "receipt-returned": ("merchant", at("returned")), "return": ("merchant", at("first", "/return")),
        "correct": ("merchant", at("first", "/correct")), "correct-wrong": ("merchant", send(
            f"/merchant/receipts/{tour['first']}/correct", 0, q0="abc")),
        "month": ("merchant", go(f"/merchant/months/{tour['month']}")),
        "month-none": ("merchant", go("/merchant/months/2020-01")),
        "import": ("merchant", go("/merchant/import")), "verdicts": ("merchant", send("/merchant/import", 0, rows=rows)),
        "chain": ("merchant", go("/merchant/chain")), "tokens": ("merchant", go("/merchant/tokens")),
        "token-made": ("merchant", send("/merchant/tokens", 0, branch="1", till="9")),
        "password": ("merchant", go("/merchant/password")), "not-found": ("merchant", go("/merchant/receipts/999999")),
        "operator-sign-in": ("", go("/operator/sign-in")), "operator-list": ("operator", go("/operator")),
        "operator-enrol": ("operator", go("/operator/merchants")),
        "operator-merchant": ("operator", go(f"/operator/merchants/{MERCHANT}")),
    }


TITLES = {
    "mn": {"sign-in": "Нэвтрэх", "overview": "Кассууд", "receipts": "Баримтууд", "import": "Импорт", "chain": "Гинж",
           "operator-list": "Бүртгэлтэй байгууллага, нотариатч"},
    "en": {"sign-in": "Sign in", "overview": "Tills", "receipts": "Receipts", "import": "Import", "chain": "Chain",
           "operator-list": "Who is enrolled"}}


# Pages in another state than usual: one language is enough to see how they look.
STATES = {"sign-in-refused", "receipts-none", "receipts-no-number", "receipts-wrong", "receipt-corrected", "receipt-returned",
          "correct-wrong", "month-none", "token-made", "not-found", "operator-sign-in"}


def barriers(screen: Screen, tour: dict, language: str, folder: Path) -> list[str]:
    """What keeps somebody from using the pages. Of each page that has any, a picture is in the folder."""
    found, titles, somebody = [], set(), object()
    width = screen.driver.execute_script("return innerWidth")
    for name, (whose, arrive) in stops(tour).items():
        if name in STATES and language == "en":
            continue
        if whose != somebody:
            screen.become(tour[whose] if whose else None, language)
            somebody = whose
        arrive(screen)
        before, shown, title = len(found), screen.h1, screen.driver.title
        spoken = screen.driver.execute_script("return document.documentElement.lang")
        titles.add(title)
        found += [f"{name} at {width}: {what}" for what in (
            *screen.browser.violations(), *screen.unlabelled(), *filter(None, [
                screen.overflow(), spoken != language and f"lang is {spoken}",
                title != f"{shown} – Tamga" and f"the title is {title}",
                TITLES[language].get(name, shown) != shown and f"the heading is {shown}"]))]
        if pictures() or len(found) > before:
            screen.browser.screenshot((pictures() or folder) / f"{name}-{language}-{width}.png")
    assert len(titles) >= 12
    return found


@pytest.mark.parametrize("language", ["mn", "en"])
def test_every_page_is_for_everybody(screens, tour, language, tmp_path):
    """No barrier that axe finds, no control without a label, nothing that a phone has to scroll sideways for."""
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda screen: barriers(screen, tour, language, tmp_path), screens.values()))
    assert not any(found), "\n".join(itertools.chain(*found))


def test_the_other_language_shows_the_same_page(screen, tour):
    """By its link, and it stays: what was looked at is still looked at."""
    lost = []
    for path in ("/merchant", f"/merchant/receipts/{tour['first']}", f"/merchant/months/{tour['month']}", "/merchant/tokens",
                 "/merchant/receipts?branch=001&till=K-1", f"/operator/merchants/{MERCHANT}"):
        screen.become(tour[path.split("/")[1]], "mn").go(path).follow("English", within="header")
        assert screen.page.root.one("html").attributes["lang"] == "en"
        asked = urllib.parse.urlsplit(screen.driver.current_url)
        if asked.path + (f"?{asked.query}" if asked.query else "") != path:
            lost.append(f"{path} became {asked.path}?{asked.query}")
    screen.go("/merchant/sign-in")
    assert screen.h1 == "Sign in", "the language is kept"
    assert not lost, lost


def test_pages_need_no_script_and_nothing_from_elsewhere(shop, tour):
    for name, who in (("merchant", tour["merchant"]), ("operator", tour["operator"])):
        for path in GETS[name](tour):
            if path.endswith((".csv", ".json", "/months")):
                continue
            for node in who.page(path).root if "number=" not in path else ():
                assert node.tag not in ("script", "style", "img", "iframe", "object", "base"), path
                assert not [given for given in node.attributes if given in ("style", "src") or given.startswith("on")], path
                for given in ("href", "action"):
                    assert re.match(r"/(?!/)|#|data:,$|$", node.attributes.get(given, "")), (path, node.attributes)


# 2. What people do


def test_a_token_opens_the_console_and_a_password_does_from_then_on(shop, either):
    screen = either.become(None, "en").go("/merchant")
    assert (screen.path, screen.h1) == ("/merchant/sign-in", "Sign in")
    screen.fill("Token", shop.token("merchant", HOLDER))
    with screen.leaving():
        screen.field("Token").send_keys("\n")
    assert (screen.path, screen.h1) == ("/merchant", "Tills")
    assert f"Эзэмшигч · {HOLDER}" in screen.driver.find_element("tag name", "header").text
    screen.follow("Password", within="header").fill("New password", PASSWORD).fill("Once more", PASSWORD + "!").press("Set it")
    assert "the two passwords differ" in screen.notes[0]
    screen.fill("New password", PASSWORD).fill("Once more", PASSWORD).press("Set it")
    assert "The password is set" in screen.notes[0]
    screen.sign_out()
    assert screen.path == "/merchant/sign-in"
    screen.go("/merchant/receipts")
    assert screen.path == "/merchant/sign-in"
    screen.fill("TIN", HOLDER).fill("Password", PASSWORD + "?").press("Sign in")
    assert "could not be signed in" in screen.notes[0] and screen.field("TIN").get_attribute("value") == HOLDER
    screen.fill("Password", PASSWORD).press("Sign in")
    assert (screen.path, screen.h1) == ("/merchant", "Tills")


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


def test_a_receipt_is_taken_back(shop, either):
    filed = shop.file(wire(sale(CHANGER))).json()
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
    assert shop.pos("POST", "/rest/receipt", wire(sale(CHANGER, inactiveId=filed["id"]))).status == 409


def test_a_receipt_is_corrected_by_its_quantities(shop, screen, tmp_path):
    tea = {"name": "Цай", "price": "18990", "city": False}
    parts = [("VAT_ABLE", CHANGER, [goods(quantity="3", price="1234.56"), goods(quantity="0.375", **tea)]),
             ("VAT_FREE", CHANGER, [goods("VAT_FREE", name="Сүү", quantity="2", price="3800.05")])]
    filed = shop.file(wire(bill(CHANGER, *parts, split=True))).json()
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


def grouped(much) -> str:
    """An amount as pages have it."""
    return f"{Decimal(much):,.2f} ₮".replace(",", " ").replace(".", ",")


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
        filed = shop.file(wire(bill(CHANGER, *parts))).json()
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
    filed = shop.file(wire(sale(CHANGER))).json()
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


def rows_of(*bodies: dict, ending: str = "\n") -> str:
    return "".join(json.dumps(body, ensure_ascii=False) + ending for body in bodies)


def test_an_import_tells_of_each_row_and_files_nothing_twice(shop, screen, tmp_path):
    rows = [sale(IMPORTER, name=f"Бараа {number}") for number in range(4)]
    visitor = merchant(shop, IMPORTER)
    bad = rows[1] | {"totalAmount": 7}
    size = shop.size

    def send(name: str, text: str = "", file: Path | None = None) -> dict[str, int]:
        screen.go("/merchant/import").fill("Name of this import", name)
        if file:
            screen.fill("File (", str(file))
        else:
            screen.fill("or rows", text)
        screen.press("File them")
        assert screen.h1 == "Verdicts of the import"
        return {what: int(re.search(rf"(\d+) {what}", screen.notes[0])[1]) for what in (
            "filed", "were filed before", "refused", "not taken")}

    screen.become(visitor, "en")
    assert send("Өнөөдөр", rows_of(rows[0], bad, rows[2])) == {"filed": 2, "were filed before": 0, "refused": 1, "not taken": 0}
    verdicts = screen.page.rows("3 of 3")
    assert [(row[0], row[1]) for row in verdicts] == [("2", "refused"), ("1", "filed"), ("3", "filed")]
    assert "1120" in verdicts[0][2] and "(receipt-sum)" in verdicts[0][2]
    screen.follow(re.match(r"\d{33}", verdicts[1][2])[0])
    assert (screen.h1, screen.page.facts()["State"]) == ("Receipt", "in force")
    # Mended, and sent again.
    assert send("Өнөөдөр", rows_of(*rows[:3])) == {"filed": 1, "were filed before": 2, "refused": 0, "not taken": 0}
    assert shop.size == size + 3
    # The same out of a file, packed or not, with either end of lines.
    for number, content in enumerate([rows_of(*rows[:3]).encode(), rows_of(*rows[:3], ending="\r\n").encode(),
                                      gzip.compress(rows_of(*rows[:3]).encode())]):
        file = tmp_path / f"rows-{number}.ndjson{'.gz' if number == 2 else ''}"
        file.write_bytes(content)
        assert send("Өнөөдөр", file=file) == {"filed": 0, "were filed before": 3, "refused": 0, "not taken": 0}, number
    assert shop.size == size + 3
    # Rows that stand twice are two sales, however often they are sent.
    assert [send("Хос", rows_of(rows[3], rows[3]))["filed"] for _ in range(2)] == [2, 0]
    assert shop.size == size + 5


def test_an_import_gives_its_verdicts_as_a_file(shop):
    visitor = merchant(shop, IMPORTER)
    answer = visitor.upload("/merchant/import", {"name": "файл", "download": "yes"}, rows_of(sale(IMPORTER)).encode() + b"{\n")
    assert answer.status == 200 and "attachment" in answer.headers["content-disposition"]
    first, second, end = (json.loads(line) for line in answer.text.splitlines())
    assert (first["verdict"], second["verdict"], end["complete"]) == ("filed", "refused", True)


def test_lines_with_nothing_on_them_are_no_rows(shop):
    """As in `POST /v1/receipts:batch`: an editor leaves some at the end."""
    visitor = merchant(shop, IMPORTER)
    body = rows_of(sale(IMPORTER)) + "\r\n" + rows_of(sale(IMPORTER)) + "  \r\n\r\n"
    told = page(visitor.post("/merchant/import", {"name": "хоосон мөр", "rows": body}))
    assert {row[1] for row in told.rows("2 of 2")} == {"filed"}, told.notes + [str(row) for row in told.rows()]


def test_the_mark_at_the_start_of_a_file_of_windows_is_no_fault(shop):
    visitor = merchant(shop, IMPORTER)
    file = b"\xef\xbb\xbf" + rows_of(sale(IMPORTER), ending="\r\n").encode()
    told = page(visitor.upload("/merchant/import", {"name": "windows"}, file))
    assert told.notes[0].startswith("1 filed"), [str(row) for row in told.rows()]


def test_a_fault_in_a_row_is_told_by_its_place_in_the_row(shop):
    """As it was sent, without what is put around it before it is filed."""
    visitor = merchant(shop, IMPORTER)
    told = page(visitor.post("/merchant/import", {"name": "x", "rows": '{"posNo" 1}'}))
    assert int(re.search(r"at byte (\d+)", told.rows()[0][2])[1]) in (8, 9, 10), told.rows()


def test_imports_that_are_none_say_so(shop):
    visitor = merchant(shop, IMPORTER)
    size = shop.size
    good = rows_of(sale(IMPORTER)).encode()
    for name, content, status in (("a", b"", 400), ("a", b" \r\n ", 400), ("", good, 400), ("x" * 201, good, 400),
                                  ):
        told = page(visitor.upload("/merchant/import", {"name": name}, content), status)
        assert told.h1 == "Import" and told.notes, (name, content)
    assert shop.size == size
    told = page(visitor.upload("/merchant/import", {"name": "a"}, b"\x1f\x8bnonsense"))
    assert "0 filed" in told.notes[0] and "gzip" in told.notes[1]
    # What came before the break is filed, and told.
    told = page(visitor.upload("/merchant/import", {"name": "a"}, gzip.compress(good)[:-9]))
    assert "1 filed" in told.notes[0] and "breaks off" in told.notes[1]
    told = page(visitor.upload("/merchant/import", {"name": "a"}, gzip.compress(good)))
    assert "0 filed" in told.notes[0] and "1 were filed before" in told.notes[0]
    size = shop.size
    told = page(visitor.upload("/merchant/import", {"name": "theirs"}, rows_of(sale(CHANGER)).encode()))
    assert "0 filed" in told.notes[0] and "1 refused" in told.notes[0]
    assert shop.size == size


def test_a_till_gets_a_token_and_loses_it(shop, screen):
    visitor = merchant(shop, HOLDER)
    screen.become(visitor, "en").go("/merchant").follow("Tokens", within="header")
    before = len(screen.page.rows())
    screen.fill("Branch", "1").fill("Till", "К 7").press("Make a till's token")
    token = screen.driver.find_element("class name", "secret").text
    assert re.fullmatch("tamga_[0-9a-f]{40}", token)
    screen.go("/merchant/tokens")
    rows = screen.page.rows()
    assert len(rows) == before + 1 and rows[0][1] == f"{HOLDER}/001/К 7" and token not in screen.driver.page_source
    other = Visitor(shop)
    refused = other.try_to_sign_in(token=token)
    assert refused.status == 401 and "set-cookie" not in refused.headers
    screen.press(f"Revoke {rows[0][0]}")
    assert screen.page.rows()[0][3] == "revoked"
    for branch, till in (("1", ""), ("", "7"), ("abc", "7"), ("1234", "7"), ("1", "x" * 65)):
        told = page(visitor.post("/merchant/tokens", {"branch": branch, "till": till}), 400)
        assert told.notes, (branch, till)
    # One for everything also signs in, and ends with its session.
    everything = page(visitor.post("/merchant/tokens", {"branch": "", "till": ""})).root.one("p", class_="secret").text
    other.sign_in(token=everything)
    number = visitor.page("/merchant/tokens").rows()[0][0]
    visitor.done(f"/merchant/tokens/{number}/revoke")
    assert not other.is_in and visitor.is_in


def test_a_merchant_sees_and_revokes_its_own_tokens_only(shop):
    mine, other = merchant(shop, HOLDER), merchant(shop, STRANGER)
    theirs = other.page("/merchant/tokens").rows()[0][0]
    assert theirs not in {row[0] for row in mine.page("/merchant/tokens").rows()}
    assert page(mine.post(f"/merchant/tokens/{theirs}/revoke"), 404) and other.is_in
    told = page(mine.post("/merchant/tokens", {"branch": "1", "till": f"7/../../{STRANGER}/001/7"}))
    assert told.rows()[0][1].startswith(HOLDER)
    assert len(other.page("/merchant/tokens").rows()) == 1


# Months


TALLY = ("count", "total", "vat", "cityTax")


def tally() -> list:
    return [Decimal(0)] * 4


class Books:
    """What a month comes to, reckoned beside the program from the requests alone."""

    def __init__(self):
        self.issued, self.taken, self.lessees = (defaultdict(lambda: defaultdict(tally)) for _ in range(3))
        self.types, self.days = (defaultdict(lambda: defaultdict(lambda: [0, Decimal(0)])) for _ in range(2))
        self.corrections, self.returns = defaultdict(int), defaultdict(int)
        self.known: dict[str, tuple[str, dict]] = {}

    def _book(self, month: str, body: dict, own: dict, sign: int) -> None:
        for part in body["receipts"]:
            where, factor = (own[month][part["taxType"]], 1) if part["merchantTin"] == body["merchantTin"] else (
                self.lessees[month][part["merchantTin"]], sign)
            for place, much in enumerate([Decimal(1), *(part[name] for name in SUMS)]):
                where[place] += factor * much

    def add(self, body: dict, id: str, date: str, month: str = "") -> None:
        month = month or date[:7]
        self._book(month, body, self.issued, 1)
        for group, key in ((self.types, body["type"]), (self.days, int(date[8:10]))):
            group[month][key][0] += 1
            group[month][key][1] += body["totalAmount"]
        if replaced := body.get("inactiveId"):
            self.corrections[month] += 1
            self.take(replaced)
        self.known[id] = (month, body)

    def take(self, id: str) -> str:
        """Takes a receipt out of the month that it is of; gives that month."""
        month, body = self.known[id]
        self._book(month, body, self.taken, -1)
        return month

    def give_back(self, id: str) -> None:
        self.returns[self.take(id)] += 1


@pytest.fixture(scope="module")
def books(shop):
    """Receipts of all tax types, with lessees, corrections and returns, at random; the same in every run."""
    chance, books, alive = random.Random(7), Books(), []
    for number in range(60):
        sellers = chance.sample([ACCOUNTANT, ACCOUNTANT, *LESSEES], 2)
        parts = {}
        for seller in sellers:
            kind = chance.choice(["VAT_ABLE", "VAT_ABLE", *EXEMPT])
            parts[kind, seller] = (kind, seller, [
                goods(kind, f"{chance.randint(1, 5000)}e-{chance.randint(0, 3)}", f"{chance.randint(1, 10**8)}e-2",
                      vat=LESSEES.get(seller, True), city=LESSEES.get(seller, True) and chance.random() < 0.7)
                for _ in range(chance.randint(1, 3))])
        members = {"type": "B2B_RECEIPT", "customerTin": MERCHANT} if number % 5 == 0 else {}
        if number % 7 == 0:
            members |= {"till": chance.choice(['=1+1', "+7", "-7", "@SUM(A1)", '=HYPERLINK("http://x","y")', "a;b,c"])}
        if number % 4 == 3:
            members["inactiveId"] = alive.pop(chance.randrange(len(alive)))["id"]
        body = bill(ACCOUNTANT, *parts.values(), **members)
        filed = shop.file(wire(body)).json()
        books.add(body, filed["id"], filed["date"])
        alive.append(filed)
        if number % 6 == 5:
            returned = alive.pop(chance.randrange(len(alive)))
            give_back(shop, returned)
            books.give_back(returned["id"])
    return books


@pytest.fixture(scope="module")
def accountant(shop, books):
    return merchant(shop, ACCOUNTANT).settled()


def test_a_month_comes_to_what_its_receipts_come_to(accountant, books):
    assert accountant.get("/merchant/months").headers["location"] == f"/merchant/months/{max(books.issued)}"
    for month, issued in books.issued.items():
        told, taken = accountant.page(f"/merchant/months/{month}"), books.taken[month]
        *rows, everything = told.rows("By tax type")
        shown = {re.search(r"\((\w+)\)", row[0])[1]: [amount(cell) for cell in row[1:]] for row in rows}
        assert set(shown) == {"VAT_ABLE", *EXEMPT}
        for kind, cells in shown.items():
            net = [one - other for one, other in zip(issued[kind], taken[kind])]
            assert cells == [issued[kind][1], taken[kind][1], *net[1:]], kind
        assert [amount(cell) for cell in everything[1:]] == [sum(column) for column in zip(*shown.values())]
        assert {row[0]: [amount(cell) for cell in row[1:]] for row in told.rows("Sales of lessees")} == {
            tin: [sums[1], sums[2]] for tin, sums in books.lessees[month].items()}
        counts = told.facts()
        assert (counts["Corrections"], counts["Returns"]) == (str(books.corrections[month]), str(books.returns[month]))
        for kind, (count, total) in books.types[month].items():
            assert counts[kind] == f"{count} · {grouped(total)}"
        days = told.rows("Receipts issued each day")
        assert {int(row[0]): [int(row[1]), amount(row[2])] for row in days} == books.days[month]


def test_the_first_page_has_the_sums_of_today_and_of_the_month(accountant, books):
    month = max(books.issued)
    cards = [card.text for card in accountant.page("/merchant").main.all("li", class_="card")]
    net = [sum(sums[place] for sums in books.issued[month].values()) - sum(sums[place] for sums in books.taken[month].values())
           for place in (1, 2)]
    assert grouped(net[0]) in cards[1] and grouped(net[1]) in cards[1]
    today = books.days[month][max(books.days[month])]
    assert cards[0] == f"Today, with lessees, before returns {today[0]} {grouped(today[1])}"


def test_files_of_a_month_agree_with_the_page_and_with_each_other(accountant, books):
    for month, issued in books.issued.items():
        told = accountant.month(month)
        assert (told["merchant"], told["month"]) == (ACCOUNTANT, month)
        for name, reckoned in (("issued", issued), ("takenBack", books.taken[month]), ("lessees", books.lessees[month])):
            assert {key: [sums[part] for part in TALLY] for key, sums in told[name].items()} == dict(reckoned), name
        assert [told[name] for name in ("corrections", "returns", "returnsNotHeld")] == [
            books.corrections[month], books.returns[month], 0]
        rows = table_file(accountant.get(f"/merchant/months/{month}/receipts.csv"))
        assert len(rows) == len(told["receipts"])
        for row, each in zip(rows, told["receipts"]):
            assert (row["entry"], row["receipt"]) == (str(each["index"]), each["id"])
            same = ("action", "state", "date", "commitment", "evidence")
            assert [row[name] for name in same] == [each[name] for name in same]
            if each["action"] == "returned":
                assert row["total"] == row["vat"] == row["till"] == ""
                continue
            assert [Decimal(row[name]) for name in ("total", "vat", "cityTax")] == [each[name] for name in SUMS]
            assert [row["branch"], row["till"].removeprefix("'"), row["type"]] == [
                each[name] for name in ("branchNo", "posNo", "type")]
            for kind in issued:
                shares = [share["totalAmount"] for share in each["taxTypes"] if share["taxType"] == kind]
                assert Decimal(row[kind] or 0) == sum(shares)
        # Whoever adds up the rows comes to the sums of the page.
        gone = {"corrected", "returned"}
        for states, reckoned in (({"in force", *gone}, issued), (gone, books.taken[month])):
            added = defaultdict(tally)
            for each in told["receipts"]:
                for share in each.get("taxTypes", []) if each["state"] in states else []:
                    if share["merchantTin"] == ACCOUNTANT:
                        sums = added[share["taxType"]]
                        sums[:] = [one + other for one, other in zip(sums, [1, *(share[name] for name in SUMS)])]
            assert added == reckoned


def test_no_cell_of_a_file_is_a_formula(accountant, books):
    rows = [row for month in books.issued for row in table_file(accountant.get(f"/merchant/months/{month}/receipts.csv"))]
    assert {row["till"] for row in rows} & {"'=1+1", "'+7", "'-7", "'@SUM(A1)", "'=HYPERLINK(\"http://x\",\"y\")"}
    assert not [cell for row in rows for cell in row.values() if cell[:1] in tuple("=+-@\t\r")]


def pages_of(pdf: Path) -> int:
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
    return len(re.findall(rb"/Type\s*/Page\b", content))


def test_month_and_receipt_are_printed(screen, accountant, books, tmp_path):
    month = max(books.issued)
    screen.become(accountant, "en").go(f"/merchant/months/{month}")
    screen.browser.pdf(tmp_path / "month.pdf")
    assert pages_of(tmp_path / "month.pdf") >= 1 and (tmp_path / "month.pdf").stat().st_size > 5000
    paper = screen.printed()
    net = sum(sums[1] for sums in books.issued[month].values()) - sum(sums[1] for sums in books.taken[month].values())
    assert all(word in paper.replace("\xa0", " ") for word in (ACCOUNTANT, "Нягтлан", grouped(net)))
    assert not any(word in paper for word in ("Sign out", "Tokens", "CSV"))
    index = accountant.entry(next(iter(books.known)))
    screen.go(f"/merchant/receipts/{index}")
    screen.browser.pdf(tmp_path / "receipt.pdf")
    assert pages_of(tmp_path / "receipt.pdf") >= 1 and (tmp_path / "receipt.pdf").stat().st_size > 5000
    assert next(iter(books.known)) in screen.printed()


def test_a_printed_receipt_names_who_sold(screen, accountant, books):
    screen.become(accountant, "en").go(f"/merchant/receipts/{accountant.entry(next(iter(books.known)))}")
    assert ACCOUNTANT in screen.printed() and "Нягтлан" in screen.printed()


@pytest.fixture(scope="module")
def reported(shop):
    """Companies' receipts of the first days of a month that are reported under the month before."""
    books = Books()
    for number, (date, month) in enumerate([
        ("2026-05-31 10:00:00", ""), ("2026-06-03 10:00:00", "2026-05"), ("2026-06-05 10:00:00", "2026-05-01"),
        ("2026-06-05 11:00:00", "")]):
        item = goods(price=f"{1120 * (number + 1)}")
        body = bill(FINDER, ("VAT_ABLE", FINDER, [item]), type="B2B_RECEIPT", customerTin=MERCHANT)
        body |= {"reportMonth": month} if month else {}
        id = push(shop, wire(body), date, 500 + number)
        books.add(body, id, date, month[:7])
    return merchant(shop, FINDER).settled(), books


def test_a_receipt_counts_in_the_month_that_it_is_reported_under(reported):
    visitor, books = reported
    for month in ("2026-05", "2026-06"):
        told = visitor.month(month)
        assert [told["issued"]["VAT_ABLE"][name] for name in TALLY] == books.issued[month]["VAT_ABLE"]
        assert {each["id"] for each in told["receipts"]} == {id for id, (its, _) in books.known.items() if its == month}


def test_days_are_days_of_their_month(reported):
    """On 3 May nothing was sold: what was sold on 3 June and is reported under May does not stand there."""
    visitor, _ = reported
    days = {month: {int(row[0]) for row in visitor.page(f"/merchant/months/{month}").rows("Receipts issued each day")}
            for month in ("2026-05", "2026-06")}
    assert days["2026-05"] <= {31} and 3 not in days["2026-05"], days


# The operator


def test_the_operator_enrols_by_form_and_by_file(shop, screen, tmp_path):
    tin, other = "90010001021", "90010001022"
    screen.become(operator(shop), "en").go("/operator").follow("Enrol a merchant", within="header")
    screen.fill("TIN", "123").fill("Name", "Дэлгүүр").press("Enrol")
    assert screen.notes and screen.field("Name").get_attribute("value") == "Дэлгүүр"
    screen.fill("TIN", tin)
    screen.field("Registered for VAT").send_keys("yes")
    screen.fill("Lessees", "90010001023; Түрээслэгч; no; no").press("Enrol")
    assert "Done" in screen.notes[0], screen.notes
    told = next(each for each in json.loads(shop.must("issuer", "list", "--json").output) if each["id"] == tin)
    assert told["name"] == "Дэлгүүр" and told["vatPayer"] is True
    (tmp_path / "list.json").write_text(json.dumps([{"tin": other, "name": "Файлаас"}, {"tin": "1", "name": "Буруу"}]))
    screen.go("/operator").fill("A JSON list", str(tmp_path / "list.json")).press("Enrol them")
    assert f"{other} enrolled" in screen.notes[0] and "1 refused" in screen.notes[0]
    row = next(row for row in screen.page.rows() if row[0] == other)
    assert row[1:4] == ["Файлаас", "alone", "enrolled"]
    screen.press(f"Suspend {other}")
    assert next(row for row in screen.page.rows() if row[0] == other)[3] == "suspended"
    assert shop.pos("POST", "/rest/receipt", sale(other)).status in (400, 403, 409)
    assert "suspended" in merchant(shop, other).page("/merchant").notes[0]
    screen.press(f"Resume {other}")
    shop.file(sale(other, total=1120))


def test_saving_a_merchant_unchanged_changes_nothing(shop):
    """Also the lessees, the accounts and the PosAPI's address."""
    tin = "90010001024"
    account = {"id": 3, "bankAccountNo": "9000000001", "bankAccountName": "Бүрэн", "bankId": 99, "bankName": "Банк",
               "iBan": "000000009000000001"}
    full = {"tin": tin, "name": "Бүрэн; ХХК", "registerNumber": "1234567", "vatPayer": True, "cityTaxPayer": False,
            "way": "front", "posapi": "http://127.0.0.1:9", "bankAccounts": [account],
            "customers": [{"tin": "90010001025", "name": "Хөрш", "vatPayer": True}],
            "branches": [{"branchNo": "001", "name": "Төв", "districtCode": "2501", "tills": [{"posNo": "1", "name": "Урд касс"},
                                                                                              {"posNo": "2"}]}]}
    who = operator(shop)
    told = page(who.upload("/operator/file", {}, json.dumps(full).encode(), "one.json"))
    assert f"{tin} enrolled" in told.notes[0]

    def known() -> dict:
        return next(each for each in json.loads(shop.must("issuer", "list", "--json").output) if each["id"] == tin)

    before, form = known(), who.page(f"/operator/merchants/{tin}").main.one("form", action="/operator/merchants")
    fields = {each.attributes["name"]: each.attributes.get("value", "") for each in form.all("input")}
    fields |= {each.attributes["name"]: "".join(each._pieces()) for each in form.all("textarea")}
    for each in form.all("select"):
        (chosen,) = each.all("option", selected="")
        fields[each.attributes["name"]] = chosen.attributes["value"]
    assert fields["registerNumber"] == "1234567" and fields["cityTaxPayer"] == "no" and fields["way"] == "front"
    assert page(who.post("/operator/merchants", fields)).notes[0].startswith("Done")
    assert known() == before


def test_tills_that_are_enrolled_have_a_name_before_they_file_and_others_are_pointed_out(shop):
    tin = "90010001026"
    who = operator(shop)
    fields = {"tin": tin, "name": "Салбартай", "vatPayer": "yes", "cityTaxPayer": "yes", "way": "alone",
              "branches": "1; Төв; 2501; 7 Урд касс, 8\n002; Агуулах; ;"}
    assert page(who.post("/operator/merchants", fields)).notes[0].startswith("Done")
    shown = who.page(f"/operator/merchants/{tin}").main.one("textarea", name="branches")
    assert "".join(shown._pieces()).split("\n") == ["001; Төв; 2501; 7 Урд касс, 8", "002; Агуулах; ; "]
    visitor = merchant(shop, tin)
    shop.file(wire(sale(tin) | {"posNo": "9"}))
    rows = visitor.settled().page("/merchant").rows()
    told = {tuple(row[:2]): row[2] for row in rows}
    assert set(told) == {("001", "7 Төв Урд касс"), ("001", "8 Төв"), ("001", "9 not enrolled")}, told
    assert told["001", "8 Төв"] == "–" and told["001", "9 not enrolled"] != "–"
    refused = page(who.post("/operator/merchants", fields | {"branches": "0001; Төв"}))
    assert refused.notes and "Done" not in refused.notes[0]


# 3. Who may


def paths_of_merchant(tour: dict) -> list[str]:
    index, month = tour["first"], tour["month"]
    return ["/merchant", "/merchant/receipts", "/merchant/receipts?number=1", f"/merchant/receipts/{index}",
            f"/merchant/receipts/{index}/return", f"/merchant/receipts/{index}/correct", "/merchant/months",
            f"/merchant/months/{month}", f"/merchant/months/{month}/receipts.csv", f"/merchant/months/{month}/receipts.json",
            "/merchant/import", "/merchant/chain", "/merchant/tokens", "/merchant/password"]


GETS = {"merchant": paths_of_merchant,
        "operator": lambda tour: ["/operator", "/operator/merchants", f"/operator/merchants/{MERCHANT}"]}


def posts(tour: dict) -> dict[str, list[tuple[str, dict]]]:
    """Forms that would do something."""
    return {
        "merchant": [
            (f"/merchant/receipts/{tour['first']}/return", {}),
            (f"/merchant/receipts/{tour['first']}/correct",
             {"q0": "1", "u0": "1120", "q1": "1", "u1": "5", "p0": "1124", "p1": "1"}),
            ("/merchant/import", {"name": "x", "rows": json.dumps(sale())}), ("/merchant/tokens", {"branch": "1", "till": "1"}),
            ("/merchant/tokens/1/revoke", {}), ("/merchant/password", {"password": PASSWORD, "again": PASSWORD}),
            ("/merchant/sign-out", {})],
        "operator": [
            ("/operator/merchants", {"tin": "90010001099", "name": "Хулгайч", "way": "alone"}), ("/operator/file", {}),
            (f"/operator/issuers/{STRANGER}/suspend", {}), (f"/operator/issuers/{STRANGER}/resume", {}),
            ("/operator/sign-out", {})]}


def everything(shop) -> tuple:
    """What forms can change."""
    return (shop.size, shop.must("issuer", "list", "--json").output, shop.must("token", "list", "--json").output)


AREAS = ("merchant", "operator")


@pytest.mark.parametrize("area", AREAS)
def test_nobody_sees_or_does_anything_without_a_session(shop, tour, area):
    before = everything(shop)
    other = tour["operator" if area == "merchant" else "merchant"]
    for who, session in ((Visitor(shop, area), ""), (Visitor(shop, area), "0" * 48), (Visitor(shop, area), "x"), (other, None)):
        for path in GETS[area](tour):
            for method in ("GET", "HEAD"):
                answer = who.ask(method, path, session=session)
                assert (answer.status, answer.headers.get("location")) == (303, f"/{area}/sign-in"), (method, path)
                assert answer.body == b""
        for path, fields in posts(tour)[area]:
            answer = who.post(path, {"key": other.key, **fields}, session=session)
            assert answer.status in (303, 401, 403) and "set-cookie" not in answer.headers, (path, answer)
            assert answer.status != 303 or answer.headers["location"] == f"/{area}/sign-in"
    assert everything(shop) == before and tour["merchant"].is_in and tour["operator"].is_in


@pytest.mark.parametrize("area", AREAS)
def test_a_form_of_another_page_does_nothing(shop, tour, area):
    """Without the session's key, with another's, or from another site: the session's cookie alone is no consent."""
    who, stranger = tour[area], (merchant(shop, STRANGER) if area == "merchant" else operator(shop))
    before = everything(shop)
    for path, fields in posts(tour)[area]:
        for key in (None, "", stranger.key, who.key[:-1], who.key.upper() if who.key.upper() != who.key else who.key + "0"):
            assert page(who.post(path, {**fields, "key": key}), 403).notes, (path, key)
        for site in ("cross-site", "same-site"):
            assert page(who.post(path, fields, {"Sec-Fetch-Site": site}), 403).notes, (path, site)
        plain = json.dumps({**fields, "key": who.key}).encode()
        assert who.ask("POST", path, plain, {"Content-Type": "text/plain"}).status in (400, 403)
        # What changes something is no link.
        assert who.get(path).status in (200, 404, 405) and who.get(f"{path}?key={who.key}").status in (200, 404, 405)
    assert everything(shop) == before and who.is_in
    crossed = Visitor(shop, area).post(f"/{area}/sign-in", {"token": "x"}, {"Sec-Fetch-Site": "cross-site"})
    assert crossed.status == 403


def test_what_another_merchant_filed_is_not_there(shop, tour):
    other = merchant(shop, STRANGER)

    def plain(answer: Answer) -> str:
        """Without the link to the same address in the other language."""
        return re.sub(r"back=[^\"]*", "", answer.text)

    for more in ("", "/return", "/correct"):
        theirs, absent = (other.get(f"/merchant/receipts/{index}{more}") for index in (tour["first"], 99_999_999))
        assert theirs.status == absent.status == 404 and plain(theirs) == plain(absent), more
        if more:
            theirs, absent = (other.post(f"/merchant/receipts/{index}{more}", {"q0": "1", "u0": "1"}) for index in (
                tour["first"], 99_999_999))
            assert theirs.status == absent.status == 404 and plain(theirs) == plain(absent), more
    number = tour["merchant"].page(f"/merchant/receipts/{tour['first']}").facts()["Receipt number"]
    for sought in (number, "9" * 33):
        assert "There is no receipt of this number." in other.page(f"/merchant/receipts?number={sought}", 404).notes
    assert not other.page("/merchant/receipts?amount=1120&buyer=10038071").rows("Newest first")
    assert other.page("/merchant/chain").rows("Nothing") == [] and number not in other.get("/merchant/chain").text
    for index in ("-1", "x", "0", "18446744073709551615", "18446744073709551616", "1.0", "%00"):
        assert other.get(f"/merchant/receipts/{index}").status == 404, index


def test_only_a_merchants_token_and_an_operators_sign_in_each_at_its_own(shop, pki):
    tokens = {
        "merchant": shop.token("merchant", STRANGER), "operator": shop.token("operator", "Од"),
        "till": shop.token("till", f"{STRANGER}/1/1"), "auditor": shop.token("auditor", "Шалгагч"),
        "notary": Office.enrol(shop, pki, "NT001").token, "none": "tamga_" + "0" * 40}
    told = set()
    for area in AREAS:
        for role, token in tokens.items():
            answer = Visitor(shop, area).try_to_sign_in(token=token)
            if role == area:
                assert answer.status == 303
                continue
            assert answer.status == 401 and "set-cookie" not in answer.headers and token not in answer.text, (area, role)
            told.add((area, answer.text))
    assert len(told) == 2, "every refusal reads the same"
    assert Visitor(shop, "operator").try_to_sign_in(tin=STRANGER, password=PASSWORD).status == 401


def test_a_session_ends_with_its_token(shop):
    for area, kind, name in (("merchant", "merchant", TARGET), ("operator", "operator", "Түр")):
        token = shop.token(kind, name)
        number = json.loads(shop.must("token", "list", "--json").output)[-1]["id"]
        who, again = Visitor(shop, area).sign_in(token=token), Visitor(shop, area).sign_in(token=token)
        assert who.session != again.session
        shop.must("token", "revoke", "--id", number)
        assert not who.is_in and not again.is_in
        assert who.try_to_sign_in(token=token).status == 401


def test_a_session_ends_where_its_merchant_signs_out(shop):
    who, other = merchant(shop, TARGET), merchant(shop, TARGET)
    answer = who.done("/merchant/sign-out")
    assert re.match(rf"{SESSION}=; .*Max-Age=0", answer.headers["set-cookie"])
    assert not who.is_in and other.is_in


def test_a_new_password_ends_the_other_sessions(shop):
    who, other = merchant(shop, TARGET), merchant(shop, TARGET)
    stranger = merchant(shop, STRANGER)
    for password, again in (("short", "short"), ("x" * 14, "x" * 14), (PASSWORD, PASSWORD + " "), ("x" * 1025, "x" * 1025)):
        assert page(who.post("/merchant/password", {"password": password, "again": again}), 400).notes
    assert other.is_in and Visitor(shop).try_to_sign_in(tin=TARGET, password="x" * 14).status == 401
    page(who.post("/merchant/password", {"password": PASSWORD, "again": PASSWORD}))
    assert who.is_in and not other.is_in and stranger.is_in
    third = Visitor(shop).sign_in(tin=TARGET, password=PASSWORD)
    # The same letters, as another system types them.
    decomposed = "".join(letter if letter != "й" else "и\u0306" for letter in PASSWORD)
    assert decomposed != PASSWORD and Visitor(shop).try_to_sign_in(tin=TARGET, password=decomposed).status == 303
    new = {"password": PASSWORD + "!", "again": PASSWORD + "!"}
    for present in ({}, {"present": PASSWORD + "?"}):
        assert page(third.post("/merchant/password", new | present), 403).notes and who.is_in
    page(third.post("/merchant/password", new | {"present": PASSWORD}))
    assert not who.is_in and third.is_in
    assert Visitor(shop).try_to_sign_in(tin=TARGET, password=PASSWORD).status == 401


def test_who_is_no_customer_looks_like_who_has_forgotten(shop):
    who = merchant(shop, STRANGER)
    page(who.post("/merchant/password", {"password": PASSWORD, "again": PASSWORD}))
    tins = (STRANGER, "90010009999", CHANGER, "x")
    answers = [Visitor(shop).try_to_sign_in(tin=tin, password="буруу нууц үг байна") for tin in tins]
    assert {answer.status for answer in answers} == {401}
    bodies = {answer.text.replace(f'value="{tin}"', "") for answer, tin in zip(answers, tins)}
    assert len(bodies) == 1 and not any("set-cookie" in answer.headers for answer in answers)


def test_wrong_tokens_keep_nobody_waiting(shop):
    """No number of attempts finds one, and behind a proxy everybody has one address."""
    who = Visitor(shop)
    assert [who.try_to_sign_in(token="tamga_wrong").status for _ in range(12)] == [401] * 12


def test_whoever_tries_too_often_has_to_wait(shop):
    who, fields = Visitor(shop), {"tin": "90010009998", "password": "x"}
    answers = [who.try_to_sign_in(**fields) for _ in range(12)]
    assert [answer.status for answer in answers][:8] == [401] * 8 and answers[-1].status == 429
    told = page(answers[-1], 429)
    assert re.search(r"again in \d+ s", told.notes[0])
    assert told.main.all("input", name="token") and told.main.all("input", name="tin")
    assert who.get("/merchant/sign-in").status == 200
    # Others are not kept waiting.
    merchant(shop, STRANGER)


def test_the_choice_of_language_leads_nowhere_else(shop):
    who = Visitor(shop)
    for back in (
        "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "/merchant\\..\\..\\evil",
        "/merchantevil", "/operator", "javascript:alert(1)", "/merchant/\r\nSet-Cookie: a=b", "/merchant/\nx", "/merchant/\x00",
        "merchant", "", " /merchant", "/merchant@evil.example", "/merchant/ж", "/merchant.evil.example",
    ):
        answer = who.get(f"/merchant/language?to=en&back={urllib.parse.quote(back)}")
        assert (answer.status, answer.headers["location"]) == (303, "/merchant"), back
        assert "a=b" not in str(answer.headers)
    answer = who.get("/merchant/language?to=mn&back=/merchant/receipts/7")
    assert answer.headers["location"] == "/merchant/receipts/7"
    assert answer.headers["set-cookie"].startswith(f"{LANGUAGE}=mn; ") and "Secure" in answer.headers["set-cookie"]
    for to in ("xx", "", "en%0d%0aX:y"):
        assert who.get(f"/merchant/language?to={to}").status == 404


def test_what_others_wrote_is_text_and_nothing_else(shop, scripted):
    bidi = "\u202egnp.exe \u2066x\u2069"
    item = {"name": EVIL + bidi, "measureUnit": "<b>ш</b>"}
    body = sale(NASTY, till=EVIL[:60])
    body["receipts"][0]["items"][0] |= item
    body["payments"][0]["code"] = "<U>X</U>"
    index = shop.file(body).index
    who = merchant(shop, NASTY).settled()
    paths = ["/merchant", "/merchant/receipts", f"/merchant/receipts/{index}", f"/merchant/receipts/{index}/correct",
             f"/merchant/receipts/{index}/return", "/merchant/chain", "/merchant/months/2026-01"]
    paths += [f"/merchant/receipts?{name}={urllib.parse.quote(EVIL)}" for name in (
        "number", "from", "till", "amount", "buyer", "before")]
    paths += [f"/merchant/months/{urllib.parse.quote(EVIL, safe='')}"]
    answers = [who.get(path) for path in paths]
    answers += [who.post("/merchant/tokens", {"branch": "1", "till": EVIL[:60]}),
                who.post("/merchant/tokens", {"branch": EVIL, "till": EVIL}),
                who.post(f"/merchant/receipts/{index}/correct", {"q0": EVIL, "u0": EVIL, "consumer": EVIL}),
                who.post("/merchant/import", {"name": EVIL, "rows": json.dumps({"type": EVIL})}), who.get("/merchant/tokens"),
                Visitor(shop).try_to_sign_in(tin=EVIL, password="x")]
    who = operator(shop, EVIL)
    answers += [who.get("/operator"), who.get(f"/operator/merchants/{NASTY}"),
                who.post("/operator/merchants", {"tin": EVIL, "name": EVIL, "customers": EVIL + ";" + EVIL, "posapi": EVIL}),
                who.upload("/operator/file", {}, json.dumps([{"tin": EVIL, "name": EVIL}]).encode())]
    for answer in answers:
        assert answer.headers.get("content-type", "").startswith("text/html"), answer
        told = Page(answer.text)
        assert not [node.tag for node in told.root if node.tag in ("script", "img", "b", "u") and "₮" not in node.text
                    and not node.text.isdigit()], answer
        assert not [name for node in told.root for name in node.attributes if name.startswith("on")], answer
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", answer.text), "the direction of text is not turned"
    told = Page(answers[2].text)
    assert told.rows("Goods")[0][0].startswith(EVIL[:-5]), "and it is all there"
    assert f"{EVIL} · {NASTY}" in told.root.one("header").text
    screen = scripted.become(merchant(shop, NASTY), "en").go(f"/merchant/receipts/{index}")
    assert screen.h1 == "Receipt"
    assert screen.driver.execute_script("return document.images.length + document.scripts.length") == 0


def test_every_page_says_what_it_may_do(shop, tour):
    who = tour["merchant"]
    first = f"/merchant/receipts/{tour['first']}"
    huge = b"key=" + b"x" * (2 << 20)
    paths = {path: tour[area] for area in AREAS for path in GETS[area](tour) if not path.endswith((".csv", ".json", "/months"))}
    answers = {
        **{path: someone.get(path) for path, someone in paths.items()},
        "200": Visitor(shop).get("/merchant/sign-in"), "400": who.get("/merchant/receipts?amount=x"),
        "400 form": who.ask("POST", "/merchant/tokens", b"{", {"Content-Type": "application/json"}),
        "401": Visitor(shop).try_to_sign_in(token="x"), "403": who.post("/merchant/tokens", {"key": ""}),
        "404": who.get("/merchant/receipts/99999999"), "404 month": who.get("/merchant/months/2026-13"),
        "404 language": who.get("/merchant/language?to=xx"), "404 merchant": tour["operator"].get("/operator/merchants/1"),
        "409": who.get(f"/merchant/receipts/{tour['corrected']}/return"),
        "413": who.ask("POST", "/merchant/tokens", huge, {"Content-Type": FORM}),
        "import": who.post("/merchant/import", {"name": "h", "rows": "{"}),
        "correct": who.post(f"{first}/correct", {"q0": "x"}),
    }
    for name, answer in answers.items():
        if name[0].isdigit():
            assert answer.status == int(name[:3]), answer
        headers = answer.headers
        policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
        assert policy == {"default-src": "'none'", "style-src": "'self'", "img-src": "data:", "form-action": "'self'",
                          "base-uri": "'none'", "frame-ancestors": "'none'"}, name
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer"), name
        assert headers["cache-control"] == "no-store" and headers["content-type"] == "text/html; charset=utf-8", name
        assert headers["content-language"] == "en" and Page(answer.text).h1, name
    for path in ("/merchant/months", "/merchant/language?to=en", f"/merchant/months/{tour['month']}/receipts.csv"):
        assert who.get(path).headers["cache-control"] == "no-store"


def test_an_address_that_is_none_is_a_page_too(shop, tour):
    """Whoever mistypes sees words, not a program's answer."""
    for path in ("/merchant/nothing", "/merchant/receipts/1/nothing", "/operator/nothing"):
        assert page(tour["merchant"].get(path), 404).h1, path


def outer_address() -> str | None:
    """An address of this machine that is no loopback. Nothing is sent."""
    candidates = set()
    with contextlib.suppress(OSError):
        candidates |= {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("10.255.255.255", 9))
        candidates.add(probe.getsockname()[0])
    return next((each for each in candidates if not each.startswith("127.") and each != "0.0.0.0"), None)


def test_no_password_goes_over_a_network_in_the_clear(new_ledger):
    outer = outer_address()
    if outer is None:
        pytest.skip("this machine has no address but loopback")
    ledger = new_ledger().enrol_merchants()
    port = tamga.free_port()
    ledger.api, ledger.posapi = f"0.0.0.0:{port}", f"127.0.0.1:{tamga.free_port()}"
    ledger.serve("--behind-proxy")
    token = ledger.token("merchant", MERCHANT)

    def outside(method: str, path: str, body=None, **headers):
        return tamga.ask(f"{outer}:{port}", method, path, body, {"Content-Type": FORM, **headers})

    for area in AREAS:
        told = page(outside("GET", f"/{area}/sign-in"), 403)
        assert not told.main.all("form") and told.notes
        for answer in (outside("POST", f"/{area}/sign-in", f"token={token}".encode()), outside("GET", f"/{area}")):
            assert page(answer, 403).notes and "set-cookie" not in answer.headers
        # Whatever somebody claims to be.
        claims = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https", "Host": "127.0.0.1"}
        assert outside("GET", f"/{area}/sign-in", **claims).status == 403
    assert tamga.ask(f"127.0.0.1:{port}", "GET", "/merchant/sign-in").status == 200
    ledger.api = f"127.0.0.1:{port}"
    who = Visitor(ledger).sign_in(token=token)
    assert outside("GET", "/merchant", Cookie=f"{SESSION}={who.session}").status == 403
    ledger.stop()
    ledger.api = f"0.0.0.0:{port}"
    ledger.serve("--behind-proxy", "--public-url", "https://ledger.example.mn")
    assert outside("GET", "/merchant/sign-in").status == 200
    # And a session goes on where the service was restarted.
    ledger.api = f"127.0.0.1:{port}"
    assert who.is_in


def test_shops_reach_their_console_over_tls(new_ledger, tmp_path):
    ledger = new_ledger().enrol_merchants()
    shops = Shops(ledger, tmp_path)

    def is_open() -> bool:
        # This listener may be ready a moment after the one that is waited for.
        with contextlib.suppress(ConnectionRefusedError):
            return shops.ask("GET", "/merchant/sign-in").status == 200

    assert eventually(is_open) and shops.ask("GET", "/console.css").status == 200
    assert shops.ask("GET", "/operator").status == 404 == shops.ask("GET", "/operator/sign-in").status
    who = merchant(ledger)
    token = page(who.post("/merchant/tokens", {"branch": "1", "till": "7"})).root.one("p", class_="secret").text
    assert shops.ask("POST", "/rest/receipt", receipt(till="7"), token).status == 200
    assert shops.ask("POST", "/rest/receipt", receipt(till="8"), token).status == 403
    assert shops.ask("GET", f"/t/{token}/merchant").status == 404
    who.done(f"/merchant/tokens/{who.page('/merchant/tokens').rows()[0][0]}/revoke")
    assert shops.ask("POST", "/rest/receipt", receipt(till="7", suffix="2"), token).status == 401


# 4. The registry


def filled(ledger, count: int = 12) -> str:
    """Receipts, a correction and a return; gives their month."""
    made = [ledger.file(sale(total=1120 * (number + 1))).json() for number in range(count)]
    ledger.file(sale(total=112000, inactiveId=made[0]["id"]))
    give_back(ledger, made[1])
    return made[0]["date"][:7]


def sums(who: Visitor, month: str) -> dict:
    """The month without what may change: up to where it was read. While a registry is made again pages ask to wait."""
    end = time.monotonic() + 15
    while who.get("/merchant").status == 503 and time.monotonic() < end:
        time.sleep(0.05)
    return {name: value for name, value in who.settled().month(month).items() if name != "entriesRead"}


def without_registry(ledger) -> None:
    for suffix in ("", "-wal", "-shm"):
        (ledger.data / f"registry.sqlite{suffix}").unlink(missing_ok=True)


DAMAGES = {
    "deleted": lambda path, other: path.unlink(),
    "empty": lambda path, other: path.write_bytes(b""),
    "garbage": lambda path, other: path.write_bytes(random.Random(1).randbytes(1 << 16)),
    "cut short": lambda path, other: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "another ledger's": lambda path, other: shutil.copy(other, path),
}


@pytest.fixture(scope="module")
def damaged(cli, tmp_path_factory):
    """A ledger whose registry is about to be damaged, and the registry of another."""
    folder = tmp_path_factory.mktemp("damaged")
    ledgers = [tamga.Ledger.create(cli, folder / name, f"{name}.example/tamga").enrol_merchants().serve()
               for name in ("one", "other")]
    try:
        months = [filled(ledger, count) for ledger, count in zip(ledgers, (12, 20))]
        merchant(ledgers[1]).settled()
        assert ledgers[1].stop() == 0
        yield ledgers[0], months[0], ledgers[1].data / "registry.sqlite"
    finally:
        for ledger in ledgers:
            ledger.close()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_registry_that_is_no_good_is_made_again(damaged, damage):
    ledger, month, other = damaged
    if not ledger.process:
        ledger.restart()
    who = merchant(ledger)
    before = sums(who, month)
    assert ledger.stop() == 0
    path = ledger.data / "registry.sqlite"
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    DAMAGES[damage](path, other)
    ledger.restart()
    assert sums(who, month) == before
    assert before["issued"]["VAT_ABLE"]["total"] == 1120 * 78 + 112000 and before["takenBack"]["VAT_ABLE"]["total"] == 1120 * 3


def test_a_registry_with_a_bad_page_is_made_again(damaged):
    """The file opens, and says how far it was read; only where the sums lie it is garbage."""
    ledger, month, _ = damaged
    if not ledger.process:
        ledger.restart()
    who = merchant(ledger)
    before = sums(who, month)
    assert ledger.stop() == 0
    path = ledger.data / "registry.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (place,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'sum'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((place - 1) * size)
        file.write(b"\xff" * size)
    ledger.restart()
    try:
        assert sums(who, month) == before
    finally:
        ledger.stop()
        without_registry(ledger)


@pytest.mark.faults
def test_sums_are_true_after_every_kill(new_ledger):
    ledger = new_ledger().enrol_merchants().serve()
    who, acknowledged = merchant(ledger), []
    with ThreadPoolExecutor(4) as pool:
        for round in range(4):
            def file(number: int) -> None:
                with contextlib.suppress(OSError):
                    answer = ledger.pos("POST", "/rest/receipt", sale(till=f"{number % 3}"), timeout=5)
                    if answer.status == 200:
                        acknowledged.append(answer.json()["id"])

            work = [pool.submit(file, number) for number in range(400)]
            wanted = len(acknowledged) + 40
            eventually(lambda: len(acknowledged) >= wanted, 20)
            ledger.kill()
            for each in work:
                each.cancel()
            for each in work:
                if not each.cancelled():
                    each.result()
            ledger.restart()
    who.settled()
    pages = ledger.must("receipt", "chain", "--merchant", MERCHANT, "--all", "--json").output.splitlines()
    truth = [record["id"] for each in pages for record in json.loads(each)["records"]]
    assert set(acknowledged) <= set(truth) and len(truth) == len(set(truth)) >= 160
    listed, counted = [], 0
    for month in {link.rsplit("/", 1)[1] for link in who.page(who.get("/merchant/months").headers["location"]).links().values()
                  if re.search(r"/months/\d{4}-\d\d$", link)}:
        told = who.month(month)
        listed += [each["id"] for each in told["receipts"]]
        counted += told["issued"]["VAT_ABLE"]["count"]
        assert told["issued"]["VAT_ABLE"]["total"] == 1120 * told["issued"]["VAT_ABLE"]["count"]
    assert sorted(listed) == sorted(truth) and counted == len(truth)
    assert sum(int(row[4].replace("\xa0", "").replace(" ", "")) for row in who.page("/merchant").rows()) == len(truth)


def test_the_databases_name_nobody_and_nothing(new_ledger):
    ledger = new_ledger().enrol_merchants().serve()
    body = sale(total=1120 * 8_123_457, name="Нууц бараа", till="НУУЦ-КАСС", consumerNo="10038071")
    filed = ledger.file(body).json()
    who = merchant(ledger).settled()
    page(who.post("/merchant/password", {"password": PASSWORD, "again": PASSWORD}))
    boss = operator(ledger, "Операторын Нэр")
    sought = [
        MERCHANT, "ТЕСТИЙН ХЭРЭГЛЭГЧ", filed["id"], filed["id"][:27], "Нууц бараа", "НУУЦ-КАСС", "10038071", PASSWORD,
        who.session, who.key, boss.session, "Операторын Нэр",
        *(str(body[name] * factor) for name in SUMS[:2] for factor in (1, 100))]

    def found() -> list[str]:
        names = [f"{name}.sqlite{suffix}" for name in ("registry", "state") for suffix in ("", "-wal", "-shm")]
        contents = {name: (ledger.data / name).read_bytes() for name in names if (ledger.data / name).exists()}
        assert {"registry.sqlite", "registry.sqlite-wal", "state.sqlite"} <= set(contents) or not ledger.process
        return [f"{word} in {name}" for name, content in contents.items() for word in sought if word.encode() in content]

    assert who.page(f"/merchant/receipts/{who.entry(filed['id'])}").facts()["Buyer"] == "10038071", "it is there to be found"
    assert not found()
    # Numbers are not told by how large they are either.
    with contextlib.closing(sqlite3.connect(f"file:{ledger.data / 'registry.sqlite'}?mode=ro", uri=True)) as database:
        values = [value for row in database.execute("SELECT * FROM filing") for value in row]
    assert body["totalAmount"] not in values and body["totalAmount"] * 100 not in values and int(MERCHANT) not in values
    assert ledger.stop() == 0
    assert not found()


@pytest.fixture(scope="module")
def erased(cli, tmp_path_factory):
    """A service with a receipt that was erased: its merchant, the receipt, the month."""
    ledger = tamga.Ledger.create(cli, tmp_path_factory.mktemp("erased") / "data").enrol_merchants().serve()
    body = sale(total=1120 * 8_123, till="gone", consumerNo="10038071")
    filed = ledger.file(body)
    month = filled(ledger)
    who = merchant(ledger).settled()
    assert who.page("/merchant/receipts?buyer=10038071").rows("Newest first")
    ledger.must("erase", "--index", filed.index, "--basis", "Хувийн мэдээлэл хамгаалах тухай хууль 14.1")
    yield who.settled(), filed, month
    ledger.close()


def test_an_erased_receipt_is_in_no_list(erased):
    who, filed, month = erased
    id, path = filed.json()["id"], f"/merchant/receipts/{filed.index}"
    for query in ("", "?buyer=10038071", f"?amount={1120 * 8123}", "?branch=001&till=gone", f"?from={month}-01"):
        answer = who.get(f"/merchant/receipts{query}")
        assert answer.status == 200 and id not in answer.text, query
    assert who.get(f"/merchant/receipts?number={id}").status == 404
    assert {who.get(path + more).status for more in ("", "/return", "/correct")} == {404}
    assert {who.post(path + more, {"q0": "1", "u0": "1"}).status for more in ("/return", "/correct")} == {404}
    assert id not in who.get("/merchant/chain").text and "its content was erased" in who.get("/merchant/chain").text
    assert id not in {each["id"] for each in who.month(month)["receipts"]}
    assert id not in who.get(f"/merchant/months/{month}/receipts.csv").text


def test_the_first_page_leads_to_no_erased_receipt(erased):
    who, filed, _ = erased
    links = [link for link in who.page("/merchant").links().values() if re.fullmatch(r"/merchant/receipts/\d+", link)]
    assert links and {who.get(link).status for link in links} == {200}


def test_sums_do_not_depend_on_when_the_registry_was_made(erased):
    """A month says the same whether a receipt was erased before or after it was read."""
    who, _, month = erased
    before = sums(who, month)
    assert who.ledger.stop() == 0
    without_registry(who.ledger)
    who.ledger.restart()
    assert sums(who, month) == before


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


def test_a_correction_that_can_never_be_filed_is_not_offered(finder):
    """Tills that stand beside send to their own PosAPI, and so does who wants to correct: a form here could only fail."""
    visitor, made = finder
    told = visitor.page(f"/merchant/receipts/{visitor.entry(made[2])}")
    assert {"Correct it", "Take it back"}.isdisjoint(told.links())
