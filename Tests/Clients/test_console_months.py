"""Months in a merchant's console: sums reckoned a second time, files that agree with the page, and what is printed."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from console import merchant
from console_shop import ACCOUNTANT, FINDER, LESSEES, screen, shop  # noqa: F401, fixtures
from pages import amount, grouped, table_file
from sales import EXEMPT, SUMS, as_json, bill, give_back, goods, push
from tamga import MERCHANT

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
        filed = shop.file(as_json(body)).json()
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
        id = push(shop, as_json(body), date, 500 + number)
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
