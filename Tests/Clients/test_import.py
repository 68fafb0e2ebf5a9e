"""Old register books on paper: CSV and XLSX, row by row with verdicts, marked, found, and never among acts signed here."""

import contextlib
import csv
import datetime
import http.client
import io
import json
import secrets
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import openpyxl
import pytest
from browser import Browser
from console import Screen, Visitor, page, pictures
from signing import Office, problem, sale, status, today, wrong_code
from tamga import SEEDS, Ledger

VERIFIER = Path(__file__).parent.parent / "Conformance" / "python" / "tamga_verify.py"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = ["kind", "bookNumber", "bookDate", "lastName", "firstName", "regnum", "role", "propertyNumber", "note", "corrects"]


def row(number, kind="contract", date="2015-03-09", **values) -> list:
    """One row; whoever is named differs from row to row."""
    given = {"kind": kind, "bookNumber": number, "bookDate": date, "lastName": "Доржийн", "firstName": "Өлзийбаяр", **values}
    return [given.get(name, "") for name in HEAD]


def table(rows, head=HEAD, separator=",", encoding="utf-8", end="\r\n") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=end)
    writer.writerows([head, *rows])
    return text.getvalue().encode(encoding)


def workbook(rows, head=HEAD, title="Бүртгэл") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = title
    for line in (head, *rows):
        book.active.append([None if cell == "" else cell for cell in line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def old_windows(text: str) -> bytes:
    """As Mongolian offices wrote it: the code page has no Ө and Ү."""
    return text.translate(str.maketrans("ӨөҮү", "ЄєЇї")).encode("cp1251")


class Book:
    """One office's import."""

    def __init__(self, office: Office):
        self.office, self.ledger = office, office.ledger

    def send(self, body: bytes, type: str = "text/csv", query: str = "", token: str | None = ""):
        return self.ledger.post(f"/v1/deeds/paper{query}", body, self.office.token if token == "" else token, {"Content-Type": type}, timeout=60)

    def verdicts(self, body: bytes, type: str = "text/csv", query: str = "") -> list[dict]:
        answer = self.send(body, type, query)
        assert answer.status == 200 and answer.headers["content-type"] == "application/x-ndjson", answer
        *lines, end = [json.loads(line) for line in answer.text.splitlines()]
        assert end["end"] and end["complete"] and end["rows"] == len(lines), end
        for word in ("registered", "already", "would-register", "refused", "failed"):
            assert end[word] == sum(line["verdict"] == word for line in lines)
        return lines

    def listing(self, year: int, office: Office | None = None) -> dict:
        token = (office or self.office).token
        answer = self.ledger.get(f"/v1/deeds/paper?year={year}&limit=1000", headers={"Authorization": f"Bearer {token}"})
        assert answer.status == 200, answer
        return answer.json()

    def found(self, office: Office | None = None, **query) -> list[str]:
        answer = self.ledger.post("/v1/deeds/search", query, (office or self.office).token)
        assert answer.status == 200, answer
        return [line["number"] for line in answer.json()["paper"]]


@pytest.fixture(scope="module")
def service(module_ledger, pki):
    return module_ledger.serve("--trust", pki.trust)


@pytest.fixture(scope="module")
def book(service, pki):
    return Book(Office.enrol(service, pki, "NT001"))


@pytest.fixture(scope="module")
def other(service, pki):
    return Office.enrol(service, pki, "NT002")


def words(verdicts) -> list[str]:
    return [line["verdict"] for line in verdicts]


def fresh() -> str:
    return secrets.token_hex(5)


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


# Tables


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1251"])
def test_csv_of_every_sort_is_one_content(book, separator, encoding):
    number = fresh()
    head = ["Үйлдлийн төрөл", "Дэвтрийн дугаар", "Дэвтрийн огноо", "Эцэг, эхийн нэр", "Нэр", "Тэмдэглэл"]
    body = [["Итгэмжлэл гэрчлэх", number, "2015.03.09", "Гүррагчаа", "Өлзий", 'Нэг, «хоёр»; "гурав"']]
    text = table(body, head, separator, end="\n" if encoding == "utf-8" else "\r\n").decode()
    sent = old_windows(text) if encoding == "windows-1251" else text.encode(encoding)
    verdict, = book.verdicts(sent, query="?encoding=windows-1251" if encoding == "windows-1251" else "")
    assert verdict["verdict"] == "registered", verdict
    content = book.office.act(verdict["number"]).json()["content"]
    assert content == {"type": "power-of-attorney", "bookNumber": number, "bookDate": "2015-03-09", "note": body[0][5],
                       "parties": [{"firstName": "Өлзий", "lastName": "Гүррагчаа"}]}
    if encoding == "windows-1251":
        assert problem(book.send(sent)) == "paper-encoding-unclear"


def test_spreadsheet_is_read_by_its_cells(book):
    numbers = [secrets.randbelow(10**9) for _ in range(3)]
    rows = [
        row(numbers[0], date=datetime.date(2014, 7, 11), note="Мөр"), row(str(numbers[1]), date=datetime.datetime(2014, 7, 12, 15, 4)),
        row(float(numbers[2]), date="2014-07-13")]
    verdicts = book.verdicts(workbook(rows), XLSX)
    assert words(verdicts) == ["registered"] * 3, verdicts
    contents = [book.office.act(line["number"]).json()["content"] for line in verdicts]
    assert [(content["bookNumber"], content["bookDate"]) for content in contents] == [
        (str(number), f"2014-07-{day}") for number, day in zip(numbers, (11, 12, 13))]
    # The same as text is the same.
    same = [row(str(number), date=f"2014-07-{day}", note=note) for number, day, note in zip(numbers, (11, 12, 13), ("Мөр", "", ""))]
    assert words(book.verdicts(table(same))) == ["already"] * 3
    book_of_two = openpyxl.load_workbook(io.BytesIO(workbook(rows)))
    second = book_of_two.create_sheet("1999")
    second.append(HEAD)
    second.append([cell or None for cell in row(fresh(), date=datetime.date(1999, 1, 1))])
    second.append([cell or None for cell in row("=1/0", date=datetime.date(1999, 1, 2))])
    out = io.BytesIO()
    book_of_two.save(out)
    verdicts = book.verdicts(out.getvalue(), XLSX, "?sheet=1999")
    assert words(verdicts) == ["registered", "refused"] and verdicts[1]["code"] == "paper-cell-unreadable"
    assert verdicts[1]["column"] == "bookNumber"
    assert problem(book.send(out.getvalue(), XLSX, "?sheet=2000")) == "paper-sheet-unknown"


def bomb() -> bytes:
    """A sheet that unpacks to far more than it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([row("1")]))) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            bad.writestr(name, good.read(name) + (b" " * (64 << 20) if name.endswith("sheet1.xml") else b""))
    return out.getvalue()


def entities() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([row("1")]))) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            text = good.read(name)
            if name.endswith("sheet1.xml"):
                text = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + text
            bad.writestr(name, text)
    return out.getvalue()


HOSTILE = {
    "nothing": (b"", "text/csv", 400, "paper-table-unreadable"),
    "no heading": (b"\r\n\r\n", "text/csv", 400, "paper-column-missing"),
    "unknown column": (table([], [*HEAD, "colour"]), "text/csv", 400, "paper-column-unknown"),
    "column twice": (table([], [*HEAD, "Огноо"]), "text/csv", 400, "paper-column-twice"),
    "column missing": (table([], HEAD[1:]), "text/csv", 400, "paper-column-missing"),
    "UTF-16": ("kind,bookNumber".encode("utf-16"), "text/csv", 400, "paper-table-unreadable"),
    "broken quote in the headings": (b'kind,"bookNumber', "text/csv", 400, "paper-table-unreadable"),
    "XLS of old": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), XLSX, 400, "paper-table-unreadable"),
    "cut XLSX": (workbook([row("1")])[:-30], XLSX, 400, "paper-table-unreadable"),
    "bomb": (bomb(), XLSX, 400, "paper-table-unreadable"),
    "another type": (table([]), "application/json", 415, "wrong-content-type"),
    "too large": (b"x" * ((32 << 20) + 1), "text/csv", 413, "too-large"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_whole(book, name):
    body, type, code, expected = HOSTILE[name]
    before = book.ledger.size
    answer = book.send(body, type)
    assert answer.status == code and problem(answer) == expected, answer
    assert book.ledger.size == before


@pytest.mark.parametrize("body", [entities(), table([row(fresh())]) + b'x"y\r\n'], ids=["document type", "broken quote"])
def test_what_cannot_be_read_to_its_end_says_so(book, body):
    answer = book.send(body, XLSX if body.startswith(b"PK") else "text/csv")
    if answer.status == 200:
        *lines, end = [json.loads(line) for line in answer.text.splitlines()]
        assert end["complete"] is False and end["code"] == "paper-table-unreadable" and end["registered"] == 1 == len(lines)
    else:
        assert answer.status == 400 and problem(answer) == "paper-table-unreadable", answer


def test_only_a_notary_may(book, service):
    body = table([row(fresh())])
    assert book.send(body, token=None).status == 401
    for kind, name in (("auditor", "Шалгагч"), ("operator", "Оператор")):
        token = service.token(kind, name)
        assert book.send(body, token=token).status == 403
        assert service.get("/v1/deeds/paper?year=2015", headers={"Authorization": f"Bearer {token}"}).status == 403
    assert service.get("/v1/deeds/paper?year=2015").status == 401
    assert problem(service.get("/v1/deeds/paper?year=1899", headers={"Authorization": f"Bearer {book.office.token}"})) == "bad-request"


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


# Ways and accidents


def test_command_imports_through_the_service_and_into_a_closed_folder(cli, pki, tmp_path):
    ledger = Ledger.create(cli, tmp_path / "ledger")
    ledger.must("issuer", "add-notary", "--code", "NT012", "--name", "Нотариатч", "--certificate", pki.certificate("NT001"))
    path, verdicts = tmp_path / "book.csv", tmp_path / "verdicts.csv"
    path.write_bytes(old_windows(table([row("1", note="Үг"), row("2"), row("2", note="өөр"), row("3", kind="x")]).decode()))
    options = (path, "--notary", "NT012", "--encoding", "windows-1251")
    checked = ledger.command("deed", "import", *options, "--check")
    assert checked.status == 1 and "4 rows checked: 2 would be registered, 2 refused" in checked.output, checked.all
    done = ledger.command("deed", "import", *options, "--verdicts", verdicts)
    assert done.status == 1 and "4 rows: 2 registered, 2 refused" in done.output and "row 5:" in done.error, done.all
    lines = list(csv.DictReader(io.StringIO(verdicts.read_text("utf-8-sig"))))
    assert [line["number"] for line in lines] == ["NT012-P2015-000001", "NT012-P2015-000002", "", ""] and lines[3]["column"] == "kind"
    assert verdicts.stat().st_mode & 0o777 == 0o600 and lines[0]["accessCode"].count("-") == 2
    ledger.serve("--trust", pki.trust)
    again = ledger.command("deed", "import", *options)
    assert again.status == 1 and "2 registered before, 2 refused" in again.output, again.all
    sheet = tmp_path / "book.xlsx"
    sheet.write_bytes(workbook([row(7, date=datetime.date(2016, 1, 2)), row("=A1", date=datetime.date(2016, 1, 2))]))
    done = ledger.command("deed", "import", sheet, "--notary", "NT012", "--sheet", "Бүртгэл")
    assert done.status == 1 and "1 registered, 1 refused" in done.output, done.all
    assert "Typed from a register book on paper" in ledger.must("deed", "status", "NT012-P2016-000001").output
    template = cli.must("deed", "import", "--template")
    sheet.write_text(template.output)
    assert "0 rows" in ledger.must("deed", "import", sheet, "--notary", "NT012").output
    wrong = ledger.command("deed", "import", path, "--notary", "NT999", "--encoding", "windows-1251")
    assert wrong.status != 0 and "NT999" in wrong.error
    assert cli.run("deed", "import", path).status != 0
    ledger.close()


def test_killed_in_the_middle_and_sent_again_goes_on(cli, pki, tmp_path):
    ledger = Ledger.create(cli, tmp_path / "ledger").serve("--trust", pki.trust)
    book = Book(Office.enrol(ledger, pki, "NT001"))
    rows = [row(str(number), date=f"20{10 + number % 3}-01-01") for number in range(6000)]
    body = table(rows)

    def send():
        try:
            book.send(body)
        except (OSError, http.client.HTTPException):
            pass

    for _ in range(3):
        thread = threading.Thread(target=send)
        thread.start()
        began = ledger.size
        while thread.is_alive() and ledger.size < began + 300:
            pass
        ledger.kill()
        thread.join()
        ledger.restart()
    verdicts = book.verdicts(body)
    assert set(words(verdicts)) <= {"registered", "already"} and len(verdicts) == 6000
    assert "already" in words(verdicts), "what was durable before the kill stands"
    for year in (2010, 2011, 2012):
        assert sorted(line["number"] for line in verdicts if f"-P{year}-" in line["number"]) == [
            f"NT001-P{year}-{running:06}" for running in range(1, 2001)]
    assert words(book.verdicts(body)) == ["already"] * 6000
    assert ledger.stop() == 0
    assert ledger.command("audit").status == 0


def test_two_at_once_are_not_mixed(book):
    rows = [row(f"{fresh()}{number}", date="1970-01-01") for number in range(2000)]
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(book.send(table(rows)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = sorted(answer.status for answer in answers)
    assert codes[0] == 200 and set(codes) <= {200, 409}
    assert all(problem(answer) == "paper-import-under-way" for answer in answers if answer.status == 409)
    lines = book.listing(1970)["lines"]
    assert len(lines) == 1000 and book.listing(1970)["last"] == 2000


def test_erased_entry_keeps_its_number(book, service):
    number = fresh()
    entry, = book.verdicts(table([row(number, date="1960-01-01")]))
    service.must("erase", "--index", entry["index"], "--basis", "Шүүхийн шийдвэр 1")
    assert book.listing(1960)["lines"] == [{"number": entry["number"], "erased": True}]
    # Neither does it come back with the next copy of the file, nor is its number given again, also after a start.
    assert service.stop() == 0
    service.restart()
    again, following = book.verdicts(table([row(number, date="1960-01-01"), row(fresh(), date="1960-01-02")]))
    assert again["code"] == "paper-erased" and following["number"] == "NT001-P1960-000002"
    service.must("audit") if service.stop() == 0 else pytest.fail("it does not stop")
    service.restart()


def test_sample_register_is_imported(book):
    sample = SEEDS / "samples" / "registers" / "old-book.csv"
    verdicts = book.verdicts(sample.read_bytes())
    assert words(verdicts) == ["registered"] * len(verdicts) and len(verdicts) >= 5


# Console


def test_console_checks_then_registers(book, service):
    visitor = Visitor(service, "notary", "en").sign_in(token=book.office.token)
    body = table([row(fresh(), date="1950-01-01"), row(fresh(), kind="x")])
    shown = page(visitor.upload("/notary/import", {"what": "check", "encoding": "utf-8", "sheet": ""}, body, "book.csv"))
    verdicts = [cells[1] for cells in shown.rows("2 of 2 rows")]
    assert verdicts == ["refused", "can be registered"], verdicts
    kept = shown.main.one("input", name="kept").attributes["value"]
    before = service.size
    done = page(visitor.upload("/notary/import", {"what": "register", "encoding": "utf-8", "sheet": "", "kept": kept}, b"", ""))
    assert service.size == before + 1 and "NT001-P1950-000001" in done.main.text
    listed = visitor.page("/notary/paper?year=1950")
    assert "NT001-P1950-000001" in listed.main.text and "No notary's signature" in listed.main.text
    entry = visitor.page("/notary/acts/NT001-P1950-000001")
    assert "1950-01-01" in entry.main.text and visitor.get("/notary/acts/NT001-P1950-000001/evidence").status == 200
    assert visitor.page("/notary/import", 200) and "bookNumber" in visitor.get("/notary/import/template.csv").text
    assert "NT001-P" not in visitor.page(f"/notary/book?year={today().year}").main.text


@pytest.mark.parametrize("language, width", [("mn", 360), ("en", 1280)])
def test_console_imports_without_a_script_and_is_for_everybody(book, service, tmp_path, language, width):
    """The whole task in a browser without scripts: checked, registered, listed; no barrier that axe finds on the way."""
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook([row(fresh(), date=datetime.date(1940, 1, 1), note="Тэмдэглэл"), row(fresh(), kind="x")]))
    visitor = Visitor(service, "notary", language).sign_in(token=book.office.token)
    found = []

    def look(screen: Screen, name: str) -> None:
        found.extend(f"{name}: {what}" for what in (*screen.browser.violations(), *screen.unlabelled(), *filter(None, [screen.overflow()])))
        if pictures():
            screen.browser.screenshot(pictures() / f"notary-import-{name}-{language}-{width}.png")

    with contextlib.closing(Browser(javascript=False, width=width)) as browser:
        screen = Screen(browser, service).become(visitor, language).go("/notary/import")
        look(screen, "form")
        screen.driver.find_element("id", "file").send_keys(str(path))
        with screen.leaving():
            screen.driver.find_element("css selector", "button[value=check]").click()
        assert [cells[0] for cells in screen.page.rows()] == ["3", "2"], "what needs a hand comes first"
        look(screen, "checked")
        before = service.size
        with screen.leaving():
            screen.driver.find_element("id", "register-checked").click()
        assert service.size == before + 1
        look(screen, "registered")
        screen.go("/notary/paper?year=1940")
        look(screen, "register")
        assert "NT001-P1940-00000" in screen.page.main.text
        screen.go("/notary/acts/NT001-P1940-000001")
        look(screen, "entry")
        assert "1940-01-01" in screen.page.main.text and "Тэмдэглэл" in screen.page.main.text
    assert not found, "\n".join(found)
