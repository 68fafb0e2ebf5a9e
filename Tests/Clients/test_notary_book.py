"""The notary's console: search, the register book, and the acts of today."""

from __future__ import annotations

import secrets

from notary_console import (
    MAIN, OTHER, booked, found, offices, plain, power, registered, sale, service, stranger, today, visitor,
)
from pages import page, table_file


def test_acts_are_found_by_what_is_known_of_them(visitor, stranger, pki):
    regnum = f"ЦЧ9{secrets.randbelow(10)}0517{secrets.randbelow(100):02d}"
    place = f"Ү-22070{secrets.randbelow(10**5):05d}"
    fields = sale(place, **{"parties[1].number": regnum, "parties[1].firstName": "Сарнай"})
    first = registered(visitor, pki, fields)
    second = registered(visitor, pki, power(**{"parties[0].number": regnum}))
    answer = visitor.post("/notary/search", {"number": first.lower().replace("-", " / ")})
    assert (answer.status, answer.headers.get("location")) == (303, f"/notary/acts/{first}")
    assert found(visitor, sort="regnum", party=regnum.lower()) == [second, first]
    assert found(visitor, **{"document-sha256": fields["document.sha256"].upper()}) == [first]
    assert found(visitor, property=place.lower()) == [first]
    assert found(visitor, sort="civilId", party="123456789012") == []
    for query in ({"sort": "regnum", "party": regnum}, {"document-sha256": fields["document.sha256"]}, {"property": place},
                  {"number": first}):
        assert found(stranger, **query) == [], query
    assert page(visitor.post("/notary/search", {"sort": "regnum", "party": "x"}), 422).notes
    assert page(visitor.post("/notary/search", {}), 400).notes


def test_long_lists_come_in_pages(visitor, pki):
    regnum = f"ШЩ8{secrets.randbelow(10)}0517{secrets.randbelow(100):02d}"
    made = [registered(visitor, pki, power(**{"parties[0].number": regnum})) for _ in range(52)]
    told = page(visitor.post("/notary/search", {"sort": "regnum", "party": regnum}))
    seen = [row[0] for row in told.rows("Acts found")]
    assert len(seen) == 50
    more = [form for form in told.main.all("form") if form.all("input", name="before")][0]
    values = {node.attributes["name"]: node.attributes["value"] for node in more.all("input")}
    seen += [row[0] for row in page(visitor.post("/notary/search", values)).rows("Acts found")]
    assert seen == made[::-1]


def test_the_register_book_is_whole_on_screen_and_in_a_file(service, visitor, pki, booked):
    year = booked.split("-")[1]
    told = visitor.page(f"/notary/book?year={year}")
    rows = told.rows("By number")
    numbers = [row[0] for row in rows]
    assert numbers == [f"{MAIN}-{year}-{each:06d}" for each in range(1, len(rows) + 1)] and booked in numbers
    assert f"No gap from number 1 to {len(rows)}" in told.main.text
    row = rows[numbers.index(booked)]
    assert row[3] == "Б.Ням, Я.Өлзий", "by given name, in the order of the alphabet: Н before Ө"
    file = table_file(visitor.get(f"/notary/book.csv?year={year}"))
    assert [line["number"] for line in file] == numbers
    line = file[numbers.index(booked)]
    assert line["parties"] == "Б.Ням, Я.Өлзий" and line["status"] == "in-force" and line["document"].startswith(row[4].rstrip("…"))
    day = visitor.page(f"/notary/book?day={today()}&year=")
    assert [row[0] for row in day.rows("By number")] == numbers, "all of them are of today"
    assert not visitor.page("/notary/book?day=2020-01-01").rows("By number")
    for query in ("day=2026-02-30", "day=x", "year=abc", "year=99999"):
        assert visitor.get(f"/notary/book?{query}").status == 400, query
    assert visitor.get(f"/notary/book?notary={OTHER}").status == 404


def test_the_book_is_printed_with_a_place_for_signatures(visitor, plain, booked, tmp_path):
    plain.become(visitor, "mn").go("/notary/book")
    words = plain.printed()
    assert booked in words and "Үйлчлүүлэгчийн гарын үсэг" in words and "Харуулах" not in words
    plain.browser.pdf(tmp_path / "book.pdf")
    assert (tmp_path / "book.pdf").read_bytes().startswith(b"%PDF")


def test_today_shows_the_acts_of_today(visitor, booked):
    told = visitor.page("/notary")
    row = next(row for row in told.rows("Newest first") if row[0] == booked)
    assert row[2:] == ["Power of attorney certified", "Б.Ням, Я.Өлзий", "in force"]
