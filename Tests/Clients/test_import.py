"""Rows of old register books on paper: what becomes of each, where they are found, and that they are never among acts signed here."""

import json
import secrets
import subprocess
import sys

from paper_books import VERIFIER, Book, book, fresh, row, service, table, words
from signing import problem, sale, status, today, wrong_code


# What becomes of rows


def test_rows_are_numbered_by_year_and_the_same_file_gets_the_same_answers(book):
    rows = [row(fresh(), date="1987-01-02"), row(fresh(), date="1988-05-06"), row(fresh(), date="1987-12-31"), row(fresh(), date="1988-05-06")]
    before = book.ledger.size
    first = book.verdicts(table(rows))
    assert words(first) == ["registered"] * 4 and [line["row"] for line in first] == [2, 3, 4, 5]
    assert [line["number"] for line in first] == ["NT001-P1987-000001", "NT001-P1988-000001", "NT001-P1987-000002", "NT001-P1988-000002"]
    assert len({line["accessCode"] for line in first}) == 4
    again = book.verdicts(table(rows))
    assert words(again) == ["already"] * 4 and book.ledger.size == before + 4
    assert [{**line, "verdict": ""} for line in again] == [{**line, "verdict": ""} for line in first]
    told = book.listing(1987)
    assert told["last"] == 2 and [line["bookNumber"] for line in told["lines"]] == [rows[0][1], rows[2][1]]
    assert {line["source"] for line in told["lines"]} == {"register-on-paper"}


def test_one_bad_row_never_blocks_the_rest(book):
    good, same = fresh(), fresh()
    verdicts = book.verdicts(table([
        row(good), row(fresh(), kind="x"), row(fresh(), date="2015-02-29"), row(fresh(), firstName=""), row("", note="x"),
        row(fresh(), regnum="УБ8503041"), row(same), row(same, note="өөр"), row(fresh(), date=f"{today().year + 1}-01-01")]))
    assert words(verdicts) == ["registered", *["refused"] * 5, "registered", "refused", "refused"]
    assert [line.get("column") for line in verdicts] == [
        None, "kind", "bookDate", "firstName", "bookNumber", "regnum", None, None, "bookDate"]
    assert [line.get("code") for line in verdicts[1:6]] == [
        "paper-kind-unknown", "paper-date-invalid", "paper-party-unclear", "act-field-missing", "register-number-invalid"]
    assert verdicts[7]["code"] == "paper-stands-otherwise" and verdicts[6]["number"] in verdicts[7]["title"]["en"]
    for line in verdicts:
        if "code" in line:
            assert line["title"]["mn"] and line["title"]["en"] and line["detail"]["mn"] and line["detail"]["en"]
            assert "8503041" not in json.dumps(line, ensure_ascii=False), "personal numbers stay out of messages"


def test_check_registers_nothing(book):
    known, twice = fresh(), fresh()
    book.verdicts(table([row(known)]))
    before = book.ledger.size
    checked = book.verdicts(table([row(known), row(known, note="өөр"), row(twice), row(twice), row(twice, note="өөр"), row("")]), query="?check=true")
    assert words(checked) == ["already", "refused", "would-register", "already", "refused", "refused"]
    assert checked[4]["code"] == "paper-rows-disagree" and "row 4" in checked[4]["title"]["en"]
    assert book.ledger.size == before


def test_a_row_typed_wrongly_is_corrected_by_another(book):
    wrong, right = fresh(), fresh()
    first = [row(wrong, date="2001-01-01", note="буруу")]
    number = book.verdicts(table(first))[0]["number"]
    corrected = [row(right, date="2001-02-01", note="зөв", corrects=number)]
    done = book.verdicts(table(corrected))
    assert words(done) == ["registered"] and done[0]["number"] != number
    assert words(book.verdicts(table(corrected))) == ["already"] and words(book.verdicts(table(first))) == ["already"]
    lines = {line["number"]: line for line in book.listing(2001)["lines"]}
    assert lines[number]["status"] == "corrected" and lines[number]["correctedBy"] == done[0]["number"]
    assert lines[done[0]["number"]]["corrects"] == number and lines[done[0]["number"]]["status"] == "from-paper"
    # Its place is free for the row that belongs there; whoever corrects twice is told what stands.
    assert words(book.verdicts(table([row(wrong, date="2001-01-01", note="өөр үйлдэл")]))) == ["registered"]
    twice = book.verdicts(table([row(fresh(), corrects=number)]))
    assert twice[0]["code"] == "paper-corrected-already" and done[0]["number"] in twice[0]["title"]["en"]
    absent = book.verdicts(table([row(fresh(), corrects="NT001-P2001-000999"), row(fresh(), corrects="NT002-P2001-000001")]))
    assert [line["code"] for line in absent] == ["paper-number-unknown"] * 2


def test_each_office_has_its_own_books(book, other):
    number = fresh()
    theirs = Book(other)
    ours, foreign = book.verdicts(table([row(number)])), theirs.verdicts(table([row(number, note="өөр")]))
    assert words(ours) == words(foreign) == ["registered"] and foreign[0]["number"].startswith("NT002-P2015-")
    assert problem(other.act(ours[0]["number"])) == problem(other.act("NT001-P2015-999999")) == "act-not-found"


# Where it is found, and where not


def test_paper_is_never_among_acts_signed_here(book, other):
    regnum, property = "ЖЭ81092222", f"Ү-{secrets.randbelow(10**10):010}"
    entry, = book.verdicts(table([row(fresh(), regnum=regnum, propertyNumber=property)]))
    number = entry["number"]
    act = book.office.registered(sale(secrets.token_bytes(32), property), acknowledge=[number]).json()["act"]
    assert book.found(regnum=regnum) == book.found(act=number) == [number]
    assert book.found(propertyNumber=f" {property.lower()} ") == [number] and book.found(act=act) == []
    assert [line["act"] for line in book.office.search(propertyNumber=property)] == [act]
    assert book.found(other, regnum=regnum) == book.found(other, propertyNumber=property) == book.found(other, act=number) == []
    assert number not in json.dumps(book.office.book()) and "P2015" not in json.dumps(book.office.book())
    # The next notary is warned of it, by a reason of its own.
    told = other.prepared(sale(secrets.token_bytes(32), property)).json()["warnings"]
    assert (number, "property-on-paper", "from-paper") in [(one["act"], one["reason"], one["status"]) for one in told]
    refused = other.register(sale(secrets.token_bytes(32), property), acknowledge=[act])
    assert problem(refused) == "act-warned" and number in refused.text
    fixed, = book.verdicts(table([row(fresh(), regnum=regnum, corrects=number)]))
    assert fixed["verdict"] == "registered"
    told = other.prepared(sale(secrets.token_bytes(32), property)).json()["warnings"]
    assert number not in [one["act"] for one in told]


def test_status_and_evidence_say_that_nobody_signed(book, tmp_path):
    entry, = book.verdicts(table([row(fresh(), kind="Итгэмжлэл")]))
    number, code = entry["number"], entry["accessCode"]
    told = status(book.ledger, number, code)
    assert told.status == 200, told
    answer = told.json()
    assert answer["source"] == "register-on-paper" and answer["signed"] == "none" and answer["status"] == "from-paper"
    assert "No notary's signature" in answer["statement"]["en"] and "гарын үсэг байхгүй" in answer["statement"]["mn"]
    wrong = status(book.ledger, number, wrong_code())
    assert wrong.body == status(book.ledger, "NT001-P2015-999999", code).body and wrong.status == 404
    looks = book.ledger.get(f"/v1/deeds/{number}/looks", headers={"Authorization": f"Bearer {book.office.token}"}).json()["looks"]
    assert [(look["role"], look["purpose"]) for look in looks] == [("code", "status")]
    shown = book.ledger.post("/act", f"number={number}&code={code}".encode(), headers={"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "mn"})
    assert shown.status == 200 and "Цаасан бүртгэлээс" in shown.text and "гарын үсэг байхгүй" in shown.text

    evidence = tmp_path / "paper.tlog-proof"
    evidence.write_bytes(book.ledger.get(entry["evidence"]).body)
    done = book.ledger.verify(evidence, "--expect", f"act={number}")
    assert done.status == 0 and "Typed from a register book on paper; no notary's signature is over it" in done.output, done.all
    assert "FROM A REGISTER ON PAPER" in done.output and "Issuer's signature: none" in done.output
    # The verifier by another hand takes it, too, and finds what is not so.
    for value, expected in ((number, 0), ("NT001-P2015-999999", 1)):
        other = subprocess.run(
            [sys.executable, VERIFIER, evidence, "--key", book.ledger.key, "--expect", f"act={value}"], capture_output=True, timeout=60)
        assert other.returncode == expected, other


def test_a_will_on_paper_is_nowhere_to_be_found(book, other, service):
    property, regnum, number = f"Ү-{secrets.randbelow(10**10):010}", "ЗЮ47110923", fresh()
    entry, = book.verdicts(table([row(number, kind="Гэрээслэл гэрчлэх", regnum=regnum, propertyNumber=property, note="Нууц үг")]))
    name = entry["number"]
    assert book.found(regnum=regnum) == book.found(propertyNumber=property) == [name]
    assert book.found(other, regnum=regnum) == book.found(other, propertyNumber=property) == []
    assert other.prepared(sale(secrets.token_bytes(32), property)).json()["warnings"] == []
    assert problem(other.act(name)) == "act-not-found"
    capability = entry["evidence"]
    auditor = service.token("auditor", "Өөр шалгагч")
    assert service.get(capability, headers={"Authorization": f"Bearer {auditor}"}).status == 404
    assert service.must("deed", "status", book.listing(2015)["lines"][0]["number"]).status == 0
    refused = service.command("deed", "status", name)
    absent = service.command("deed", "status", "NT001-P2015-999999")
    assert refused.status == absent.status != 0 and refused.all == absent.all
    # Whoever has the code was given it.
    assert status(service, name, entry["accessCode"]).json()["type"] == "will"
    stored = b"".join(path.read_bytes() for path in service.files())
    for word in (regnum, property, "Нууц үг", entry["accessCode"]):
        assert word.encode() not in stored, word


def test_code_of_an_entry_does_not_lead_to_a_will_that_stands_for_it(book, service):
    wrong, = book.verdicts(table([row(fresh(), date="1999-01-01")]))
    will, = book.verdicts(table([row(fresh(), kind="will", date="1999-01-02", corrects=wrong["number"])]))
    told = status(service, wrong["number"], wrong["accessCode"])
    assert told.json()["status"] == "corrected" and will["number"] not in told.text
    assert service.get(f"/act?number={wrong['number']}&code={wrong['accessCode']}").text.count(will["number"]) == 0
    lines = {line["number"]: line for line in book.listing(1999)["lines"]}
    assert lines[wrong["number"]]["correctedBy"] == will["number"], "its office is told"


def test_whatever_tells_of_an_entry_leaves_a_line_of_who_asked(book, service, tmp_path):
    number = fresh()
    entry, = book.verdicts(table([row(number, date="1998-01-01")]))

    def looks():
        told = service.get(f"/v1/deeds/{entry['number']}/looks", headers={"Authorization": f"Bearer {book.office.token}"}).json()["looks"]
        return [(look["role"], look["purpose"]) for look in reversed(told) if look["purpose"] != "access-log"]

    assert looks() == []
    book.verdicts(table([row(number, date="1998-01-01")]))
    book.verdicts(table([row(number, date="1998-01-01", note="өөр")]), query="?check=true")
    book.listing(1998)
    assert looks() == [("notary", "book")] * 3
    path = tmp_path / "book.csv"
    path.write_bytes(table([row(number, date="1998-01-01")]))
    service.must("deed", "import", path, "--notary", "NT001", "--check")
    assert looks() == [("notary", "book")] * 3 + [("operator", "book")]
