"""What goes with an office: its register books, its books on paper, typed before or after, and the documents kept for its acts."""

import hashlib
import json
import secrets

import pytest
from console import Visitor, operator
from notary_console import MAIN, OTHER, multipart
from paper_books import Book, fresh, row, table, words
from signing import Office, act, problem, today
from tamga import ask

YEAR = today().year


class Offices:
    def __init__(self, ledger, pki) -> None:
        self.ledger = ledger.serve("--trust", pki.trust, "--keep-documents")
        self.first, self.second, self.third = (Office.enrol(ledger, pki, code) for code in (MAIN, OTHER, "NT003"))
        content = secrets.token_bytes(2000)
        self.act = self.first.registered(act(content)).json()["act"]
        kept = ask(ledger.api, "PUT", f"/v1/deeds/{self.act}/documents/{hashlib.sha256(content).hexdigest()}", content, bearer(self.first))
        assert kept.status == 201, kept
        self.typed = [fresh(), fresh()]
        assert words(Book(self.first).verdicts(table([row(number, date="1998-02-03") for number in self.typed]))) == ["registered"] * 2

    def hand_over(self, code: str, successor: str) -> None:
        operator(self.ledger).done(f"/operator/notaries/{code}/hand-over", {"successor": successor})


def bearer(office: Office) -> dict:
    return {"Authorization": f"Bearer {office.token}"}


def read(office: Office, route: str, year: int, of: str | None = None):
    return office.ledger.get(f"/v1/deeds/{route}?year={year}" + (f"&office={of}" if of else ""), headers=bearer(office))


@pytest.fixture
def offices(new_ledger, pki):
    return Offices(new_ledger(), pki)


def test_the_protocol_counts_books_on_paper_and_kept_documents(offices):
    for handed in (False, True):
        if handed:
            offices.hand_over(MAIN, OTHER)
        visitor = Visitor(offices.ledger, "notary").sign_in(token=(offices.second if handed else offices.first).token)
        told = visitor.page(f"/notary/office/hand-over/{MAIN}")
        assert told.rows("Registered from books on paper") == [
            ["1998", f"{MAIN}-P1998-000001", f"{MAIN}-P1998-000002", "2", "0"]]
        assert told.rows("Register books") == [[str(YEAR), offices.act, offices.act, "1", "0"]]
        assert told.facts()["Documents kept"] == "1"


def test_only_the_successor_has_the_books_of_an_office(offices):
    own = read(offices.first, "book", YEAR).json()
    assert read(offices.first, "book", YEAR, MAIN).json() == own == read(offices.first, "book", YEAR, "nt%20001").json()
    strangers = [(offices.second, MAIN), (offices.third, MAIN), (offices.first, OTHER), (offices.first, "NT099"), (offices.first, "x")]
    for route, year in (("book", YEAR), ("paper", 1998)):
        for office, code in strangers:
            answer = read(office, route, year, code)
            assert (answer.status, problem(answer)) == (404, "not-found"), (route, office.code, code)
    offices.hand_over(MAIN, OTHER)
    given = read(offices.second, "book", YEAR, MAIN).json()
    assert given["notary"] == MAIN and [line["act"] for line in given["lines"]] == [offices.act]
    paper = read(offices.second, "paper", 1998, MAIN).json()
    assert (paper["notary"], paper["last"]) == (MAIN, 2) and [line["bookNumber"] for line in paper["lines"]] == offices.typed
    assert read(offices.second, "paper", 1998).json()["last"] == 0
    for route, year in (("book", YEAR), ("paper", 1998)):
        assert problem(read(offices.third, route, year, MAIN)) == "not-found"
    # Who looked is who has it now.
    looks = offices.ledger.get(f"/v1/deeds/{offices.act}/looks", headers=bearer(offices.second)).json()["looks"]
    assert {(look["role"], look["subject"]) for look in looks if look["purpose"] == "book"} == {("notary", MAIN), ("notary", OTHER)}
    # And further on.
    offices.hand_over(OTHER, "NT003")
    assert read(offices.third, "book", YEAR, MAIN).json()["lines"] == given["lines"]


def test_a_successor_types_the_books_that_were_left(offices, tmp_path):
    rows = [row(fresh(), date="1998-05-06"), row(fresh(), date="1999-01-01")]
    theirs, mine = Book(offices.second), [row(rows[0][1], date="1998-05-06", note="өөрийн")]
    early = theirs.send(table(rows), query=f"?office={MAIN}")
    assert (early.status, problem(early)) == (404, "not-found")
    offices.hand_over(MAIN, OTHER)
    assert words(theirs.verdicts(table(rows), query=f"?office={MAIN}&check=true")) == ["would-register"] * 2
    done = theirs.verdicts(table(rows), query=f"?office={MAIN}")
    assert [line["number"] for line in done] == [f"{MAIN}-P1998-000003", f"{MAIN}-P1999-000001"]
    # The own book is another, with entries of the same number.
    assert [line["number"] for line in theirs.verdicts(table(mine))] == [f"{OTHER}-P1998-000001"]
    assert words(theirs.verdicts(table(rows), query=f"?office={MAIN}")) == ["already"] * 2
    fixed = theirs.verdicts(table([row(fresh(), date="1998-05-07", corrects=done[0]["number"])]), query=f"?office={MAIN}")
    assert [line["number"] for line in fixed] == [f"{MAIN}-P1998-000004"]
    assert problem(Book(offices.third).send(table(rows), query=f"?office={MAIN}")) == "not-found"
    looks = offices.ledger.get(f"/v1/deeds/{done[0]['number']}/looks", headers=bearer(offices.second)).json()["looks"]
    assert looks and all(OTHER in json.dumps(look) for look in looks)
    # The command does the same, beside the service and in the closed folder.
    for number, served in ((2, True), (3, False)):
        if not served:
            offices.ledger.stop()
        file = tmp_path / f"{number}.csv"
        file.write_bytes(table([row(fresh(), date="1999-07-08")]))
        refused = offices.ledger.command("deed", "import", file, "--notary", "NT003", "--office", MAIN)
        assert refused.status == 1, refused.all
        out = tmp_path / f"{number}-verdicts.csv"
        offices.ledger.must("deed", "import", file, "--notary", OTHER, "--office", MAIN, "--verdicts", out)
        assert f"{MAIN}-P1999-{number:06}" in out.read_text()
    offices.ledger.must("audit")


def test_the_console_offers_the_offices_taken_over(offices):
    offices.hand_over(MAIN, OTHER)
    visitor = Visitor(offices.ledger, "notary").sign_in(token=offices.second.token)
    choice = visitor.page("/notary/import").main.one("select", name="office")
    assert [option.attributes["value"] for option in choice.all("option")] == [OTHER, MAIN]

    def send(code: str):
        return visitor.ask("POST", "/notary/import", *multipart(
            {"key": visitor.key, "office": code, "encoding": "utf-8", "sheet": "", "what": "register"}, {"file": table([row(fresh(), date="2001-01-01")])}))

    assert f"{MAIN}-P2001-000001" in send(MAIN).text and f"{OTHER}-P2001-000001" in send(OTHER).text
    assert send("NT003").status == 404
