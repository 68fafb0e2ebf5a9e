"""Tables that offices hand in: CSV and XLSX of every sort, read by their cells, and hostile ones refused whole."""

import datetime
import io
import json
import secrets
import zipfile

import openpyxl
import pytest
from paper_books import HEAD, XLSX, book, fresh, old_windows, row, service, table, words, workbook
from signing import problem


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
