"""Who looked at the acts of an office: every page that shows an act leaves a line for it, and the notary reads the lines and proves them."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys

import clock
import pytest
from console import Visitor, page
from notary_console import (
    MAIN, OTHER, drafted, notary, offices, power, registered, sale, service, stranger, today, visitor, wait, will,
)
from pages import table_file
from signing import Office, status
from tamga import REPOSITORY

VERIFIER = REPOSITORY / "Tests" / "Conformance" / "python" / "tamga_access.py"


def lines(visitor: Visitor, number: str, query: str = "") -> list[list[str]]:
    """Time, who, and what was shown of an act; newest first."""
    told = visitor.page(f"/notary/log?act={number}{query}")
    return [[row[3], row[4]] for row in told.rows("Newest first")]


def looks(visitor: Visitor, number: str) -> int:
    return len(lines(visitor, number))


def code_of(visitor: Visitor, number: str) -> str:
    return visitor.page(f"/notary/acts/{number}").facts()["Access code"]


@pytest.fixture(scope="module")
def act(visitor, pki):
    return registered(visitor, pki, sale(f"Ү-2208{secrets.randbelow(10**6):06d}", **{"parties[0].number": "ЧӨ85030412"}))


PAGES = {
    "today": ("GET", "/notary", {}), "the act": ("GET", "/notary/acts/{act}", {}), "its change": ("GET", "/notary/acts/{act}/change?what=revoked", {}),
    "evidence": ("GET", "/notary/acts/{act}/evidence", {}), "a day of the book": ("GET", "/notary/book", {}),
    "a year of the book": ("GET", "/notary/book?year={year}", {}), "the book as a file": ("GET", "/notary/book.csv?year={year}", {}),
    "a search": ("POST", "/notary/search", {"sort": "regnum", "party": "ЧӨ85030412"}),
}


@pytest.mark.parametrize("method, path, fields", PAGES.values(), ids=PAGES)
def test_each_page_that_shows_an_act_leaves_one_line_for_it(visitor, act, method, path, fields):
    before = looks(visitor, act)
    path = path.format(act=act, year=today()[:4])
    answer = visitor.get(path) if method == "GET" else visitor.post(path, fields)
    assert answer.status == 200 and (act in answer.text or "evidence" in path)
    # The look at the log before left a line, too.
    assert looks(visitor, act) == before + 2


def test_what_shows_nothing_leaves_nothing(visitor, stranger, act):
    before = looks(visitor, act)
    assert stranger.get(f"/notary/acts/{act}").status == 404 and stranger.get(f"/notary/log?act={act}").status == 404
    assert stranger.get(f"/notary/acts/{act}/change?what=revoked").status == 200
    assert page(stranger.post("/notary/search", {"sort": "regnum", "party": "ЧӨ85030412"})).notes
    assert visitor.get("/notary/search").status == 200 and visitor.get("/notary/book?day=2020-01-01").status == 200
    assert looks(visitor, act) == before + 1


def test_who_looked_is_told_in_words_and_without_oneself(service, visitor, stranger, pki, act):
    code = code_of(visitor, act)
    assert status(service, act, code).status == 200
    service.must("deed", "status", act)
    property_number = visitor.page(f"/notary/acts/{act}").facts()["Property number"]
    told = stranger.page(f"{drafted(stranger, sale(property_number))}/preview")
    assert act in told.main.text
    own, others = lines(visitor, act), lines(visitor, act, "&others=yes")
    assert [who for who, _ in others] == [f"notary {OTHER}", "operator command line", "somebody with the access code"]
    assert others[0][1].startswith("warning: its number only") and others[1][1] == "status"
    assert "you" in [who for who, _ in own] and "you" not in [who for who, _ in others]
    # By day: the same lines, in their order; of the other office what it looked at itself.
    day = [row[2:5] for row in visitor.page(f"/notary/log?day={today()}&others=yes").rows("In their order")]
    assert [row for row in day if row[0] == act] == [[act, *row] for row in others[::-1]]
    seen = [row[2:5] for row in stranger.page("/notary/log").rows("In their order") if row[2] == act]
    assert [row[1] for row in seen] == ["you"] and seen[0][2].startswith("warning")
    assert not stranger.page("/notary/log?others=yes").rows("In their order")


@pytest.mark.parametrize("way", ["HTTP", "command line"])
def test_warnings_leave_a_line_however_they_are_asked_for(service, offices, visitor, pki, act, tmp_path, way):
    before = looks(visitor, act)
    number = visitor.page(f"/notary/acts/{act}").facts()["Property number"]
    draft = {
        "type": "contract", "document": {"sha256": secrets.token_hex(32)}, "propertyNumber": number, "details": {"subject": "sale", "price": "1"},
        "parties": [{"role": "seller", "regnum": "УБ85030412", "lastName": "Доржийн", "firstName": "Бат"},
                    {"role": "buyer", "regnum": "АА02261105", "lastName": "Ганболдын", "firstName": "Энхтуяа"}]}
    if way == "HTTP":
        told = offices[OTHER].prepared(draft)
        assert told.status == 200 and act in told.text
        newest = [f"notary {OTHER}"]
        # Who goes on without a word is told of it again, and that is a look, too.
        assert offices[OTHER].register(draft, acknowledge=()).status == 409
        newest *= 3
    else:
        file = tmp_path / "act.json"
        file.write_text(json.dumps(draft, ensure_ascii=False))
        service.must("deed", "statement", "--notary", OTHER, file)
        newest = ["operator command line"]
    after = lines(visitor, act)
    assert len(after) == before + 2 + len(newest) and [who for who, _ in after[:len(newest)]] == newest
    assert all(what.startswith("warning") for _, what in after[:len(newest)])


def test_a_will_is_in_its_notarys_log_only(service, visitor, stranger, pki):
    content = secrets.token_hex(32)
    number = registered(visitor, pki, will(**{"document.sha256": content}))
    assert visitor.get(f"/notary/acts/{number}").status == 200
    assert number not in stranger.page(f"{drafted(stranger, power(**{'document.sha256': content}))}/preview").main.text
    assert [who for who, _ in lines(visitor, number)] == ["you"]
    answer = stranger.get(f"/notary/log?act={number}")
    absent = stranger.get(f"/notary/log?act={MAIN}-{number[6:10]}-999999")
    assert (answer.status, page(answer, 404).notes) == (404, page(absent, 404).notes)
    assert number not in stranger.get("/notary/log").text and number not in stranger.get(f"/notary/log.csv?day={today()}").text


def test_a_day_as_a_file_and_in_pages(service, visitor, stranger, act, pki):
    code = code_of(visitor, act)
    for _ in range(3):
        assert visitor.get(f"/notary/book.csv?year={today()[:4]}").status == 200
    while len(rows := table_file(visitor.get(f"/notary/log.csv?day={today()}"))) < 210:
        assert visitor.get("/notary/book").status == 200
    assert {row["day"] for row in rows} == {today()} and {row["subject"] for row in rows if row["role"] == "notary"} >= {MAIN}
    numbers = [int(row["line"]) for row in rows]
    assert numbers == sorted(set(numbers))
    first = visitor.page(f"/notary/log?day={today()}")
    seen = [int(row[0]) for row in first.rows("In their order")]
    assert len(seen) == 200 and (further := first.links()["Later lines"])
    while further:
        told = visitor.page(further)
        seen += [int(row[0]) for row in told.rows("In their order")]
        further = told.links().get("Later lines")
    assert seen[:len(numbers)] == numbers
    assert code not in visitor.get(f"/notary/log?day={today()}").text
    own = [row for row in table_file(stranger.get(f"/notary/log.csv?day={today()}")) if row["subject"] != OTHER]
    assert not own, "of another office nothing"


def test_lines_of_an_act_come_in_pages(visitor, pki):
    number = registered(visitor, pki, power())
    for _ in range(205):
        assert visitor.get(f"/notary/acts/{number}/evidence").status == 200
    told = visitor.page(f"/notary/log?act={number}")
    first = [row[0] for row in told.rows("Newest first")]
    older = visitor.page(told.links()["Earlier lines"])
    rest = [row[0] for row in older.rows("Newest first")]
    assert len(first) == 200 and "Earlier lines" not in older.links()
    assert [int(each) for each in first + rest] == sorted(map(int, set(first + rest)), reverse=True) and len(rest) >= 5


def test_odd_questions_get_plain_answers(visitor, act):
    for query, expected in (("day=2026-02-30", 400), ("day=x", 400), ("act=x", 422), (f"act={MAIN}-2020-000001", 404), ("day=1970-01-02", 200),
                            ("day=9999-12-31", 200), ("from=99999999999", 200), (f"act={act}&before=x:y", 200)):
        assert visitor.get(f"/notary/log?{query}").status == expected, query
    day = today()
    for path, expected in ((f"evidence?day={day}", 409), ("evidence?day=2020-01-01", 404), ("evidence", 404), (f"proof?day={day}&index=x", 404),
                           (f"proof?day={day}&index=99999999", 404), ("proof?day=2020-01-01&index=0", 404), (f"proof?day={day}&index=0", 409)):
        assert visitor.get(f"/notary/log/{path}").status == expected, path
    assert visitor.get("/notary/log.csv").status == 400


def test_a_line_of_a_day_that_is_over_is_proved(new_ledger, pki, tmp_path, monkeypatch):
    ledger = new_ledger().serve("--trust", pki.trust)
    enrolled = {code: Office.enrol(ledger, pki, code) for code in (MAIN, OTHER)}
    guest, other = notary(ledger, enrolled), notary(ledger, enrolled, OTHER)
    number, foreign = registered(guest, pki, power()), registered(other, pki, power(), OTHER)
    for each, whose in ((number, guest), (foreign, other)):
        assert whose.get(f"/notary/acts/{each}").status == 200
    rows = guest.page("/notary/log").rows("In their order")
    day = today()
    ledger.stop()
    library = clock.library(tmp_path)
    assert library is not None, "a C compiler is needed"
    monkeypatch.setenv("LD_PRELOAD", str(library))
    monkeypatch.setenv("CLOCK_AHEAD", str(86_400))
    ledger.serve(*ledger.options, "--accept-clock")
    monkeypatch.delenv("LD_PRELOAD")
    guest, other = notary(ledger, enrolled), notary(ledger, enrolled, OTHER)
    # The service closes days by itself, as soon as it runs.
    wait(lambda: "Root of the day" in guest.page(f"/notary/log?day={day}").facts())
    told = guest.page(f"/notary/log?day={day}")
    facts = told.facts()
    assert len(facts["Root of the day"]) == 64 and "lines in all" in facts["Entry"]
    closed = told.rows("In their order")
    assert [row[:5] for row in closed[:len(rows)]] == rows and all(row[5].startswith("Download") for row in closed)
    root, proof = tmp_path / "root.tlog-proof", tmp_path / "line.json"
    root.write_bytes(guest.get(f"/notary/log/evidence?day={day}").body)
    index = next(row[0] for row in closed if row[2] == number)
    answer = guest.get(f"/notary/log/proof?day={day}&index={index}")
    assert answer.status == 200 and answer.headers["content-type"] == "application/json; charset=utf-8"
    proof.write_bytes(answer.body)
    assert json.loads(answer.body)["line"]["act"] == number
    check = [sys.executable, VERIFIER, "line", proof, "--evidence", root, "--key", ledger.key]
    assert subprocess.run(list(map(str, check)), capture_output=True, timeout=60).returncode == 0
    assert other.get(f"/notary/log/proof?day={day}&index={index}").status == 404, "no line of another office"
    assert other.get(f"/notary/log/evidence?day={day}").body == root.read_bytes(), "the root says nothing of anybody"
