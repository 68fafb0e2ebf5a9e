"""Old register books on paper as tests hand them in: rows, tables, workbooks, and the fixtures of one office."""

import csv
import io
import json
import secrets
from pathlib import Path

import openpyxl
import pytest
from signing import Office


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


def words(verdicts) -> list[str]:
    return [line["verdict"] for line in verdicts]


def fresh() -> str:
    return secrets.token_hex(5)
