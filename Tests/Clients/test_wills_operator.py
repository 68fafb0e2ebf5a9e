"""A will that was not opened, and the operator's socket: it is as absent as an act that was never registered, and every question about it leaves a
line. Whoever holds the data folder and its keys can read everything with a program of their own; by Tamga's own ways nobody does so unseen."""

import http.client
import json
import secrets
import socket

import pytest
import tamga
from paper_books import Book, row, table
from signing import Office, act, document, problem, sale, today, will
from tamga import Answer

YEAR = today().year
TESTATOR = {"regnum": "ЗЮ47110923"}
ABSENT = f"NT001-{YEAR}-000999"


class Socket(http.client.HTTPConnection):
    """The operator's socket, spoken to by any program of theirs."""

    def __init__(self, ledger) -> None:
        super().__init__("localhost", timeout=30)
        self.path = str(ledger.data / "admin.sock")

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Operator:
    def __init__(self, ledger, pki) -> None:
        self.ledger = ledger.serve("--trust", pki.trust, "--keep-documents")
        self.office = Office.enrol(ledger, pki, "NT001")
        self.content = secrets.token_bytes(64)
        self.before = self.office.registered(act(secrets.token_bytes(32))).json()
        self.draft = will(self.content)
        self.answer = self.office.registered(self.draft)
        self.number = self.answer.json()["act"]
        self.digest = self.draft["document"]["sha256"]
        self.office.registered(act(secrets.token_bytes(32)))

    def ask(self, method: str, path: str, body=None, kind="application/json") -> Answer:
        connection = Socket(self.ledger)
        try:
            if not isinstance(body, bytes):
                body = json.dumps(body, ensure_ascii=False).encode()
            connection.request(method, path, body=body, headers={"Content-Type": kind})
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def command(self, name: str, **input) -> Answer: return self.ask("POST", f"/admin/{name}", input)

    def lines(self, number: str) -> list[dict]:
        """What the access log says that the operator looked at."""
        day = today().isoformat()
        lines = [json.loads(line)["line"] for line in self.command("access.lines", day=day).json()["lines"]]
        return [line for line in lines if line["act"] == number and line["reader"]["role"] == "operator"]


@pytest.fixture(scope="module")
def operator(module_ledger, pki):
    return Operator(module_ledger, pki)


def changes(number: str) -> list[dict]:
    content = {name: value for name, value in act(b"").items() if name != "salt"}
    return [
        {"act": number, "change": "opened", "reason": "x", "by": "notary"},
        {"act": number, "change": "opened", "reason": "x"},
        {"act": number, "change": "revoked", "reason": "x"},
        {"act": number, "change": "revoked", "reason": "x", "by": "principal", "principal": TESTATOR},
        {"act": number, "change": "revoked", "reason": "x", "by": "principal", "principal": {"regnum": "УБ85030413"}},
        {"act": number, "change": "corrected", "reason": "x", "content": content},
        {"act": number, "change": "amended", "reason": "x", "by": "parties", "content": content},
    ]


def questions(number: str, digest: str) -> list[tuple]:
    asked = [("POST", "/admin/deed.status", {"act": number}), ("POST", "/admin/deed.documents", {"act": number}),
             ("POST", "/admin/deed.documents", {"act": number, "notary": "NT001"})]
    for change in changes(number):
        asked.append(("POST", "/admin/deed.change-statement", {"notary": "NT001", "change": change}))
        asked.append(("POST", "/admin/deed.change", {"notary": "NT001", "change": change, "signature": "MIIB"}))
    for rest in ("", "?notary=NT001"):
        asked.append(("GET", f"/admin/deeds/{number}/documents/{digest}{rest}", None))
    asked.append(("PUT", f"/admin/deeds/{number}/documents/{digest}?notary=NT001", b"not it"))
    return asked


def test_it_is_an_absent_act(operator):
    """Every question of the socket's about the will and about a number that nobody has: one answer."""
    kept = tamga.ask(operator.ledger.api, "PUT", f"/v1/deeds/{operator.number}/documents/{operator.digest}", operator.content,
                     {"Authorization": f"Bearer {operator.office.token}"})
    assert kept.status == 201, kept
    ours, theirs = questions(operator.number, operator.digest), questions(ABSENT, document(b"else")["sha256"])
    for mine, other in zip(ours, theirs, strict=True):
        before = len(operator.lines(operator.number))
        answers = [operator.ask(*question) for question in (mine, other)]
        one, two = ((answer.status, answer.text.replace(number, "N")) for answer, number in zip(answers, (operator.number, ABSENT)))
        assert one == two and one[0] == 404 and problem(answers[0]) == "act-not-found", (mine, one, two)
        assert len(operator.lines(operator.number)) > before, f"no line of {mine}"


def test_other_acts_are_told_and_leave_their_line_as_well(operator):
    number = operator.before["act"]
    before = len(operator.lines(number))
    assert operator.command("deed.status", act=number).json()["status"] == "in-force"
    assert operator.command("deed.change-statement", notary="NT001", change={"act": number, "change": "revoked", "reason": "x"}).status == 200
    assert problem(operator.command("deed.change-statement", notary="NT001", change={"act": number, "change": "opened", "reason": "x"})) == "act-not-closed"
    assert len(operator.lines(number)) == before + 3


def test_nobodys_principal_is_found_by_trying(operator):
    """A power of attorney of the office that the operator speaks for: guesses are as few as for anybody."""
    number = operator.office.registered(act(secrets.token_bytes(32))).json()["act"]
    codes = []
    for guess in range(14):
        claim = {"act": number, "change": "revoked", "reason": "x", "by": "principal", "principal": {"regnum": f"УБ850304{guess:02}"}}
        codes.append(problem(operator.command("deed.change-statement", notary="NT001", change=claim)))
    assert codes[0] == "claimant-not-principal" and codes[-1] == "too-many-attempts", codes


def test_a_record_is_not_looked_at_by_its_index_unseen(operator):
    before = len(operator.lines(operator.number))
    assert operator.command("record.look", index=str(operator.answer.index)).status == 404
    assert len(operator.lines(operator.number)) == before + 1


def test_its_document_warns_nobody_through_the_socket(operator):
    for draft in (act(operator.content), will(operator.content), sale(operator.content, f"Ү-{secrets.token_hex(4)}")):
        told = operator.command("deed.statement", notary="NT001", act=draft)
        assert told.status == 200 and told.json()["warnings"] == [], told
        # The office itself is told.
        assert operator.number in [each["act"] for each in operator.office.prepared(draft).json()["warnings"]]


def test_a_row_on_paper_is_not_compared_for_the_operator(operator):
    """Which number stands in a book's place, and in what it differs, would tell a will by its kind: neither is told, of no row."""
    number = {"will": secrets.token_hex(4), "contract": secrets.token_hex(4)}
    rows = [row(number["will"], kind="will"), row(number["contract"])]
    book = Book(operator.office)
    entries = book.verdicts(table(rows))
    assert [entry["verdict"] for entry in entries] == ["registered"] * 2

    def told(path: str, *rows) -> list[dict]:
        answer = operator.ask("POST", path, table(list(rows)), "text/csv")
        return [{name: value for name, value in json.loads(line).items() if name != "row"} for line in answer.body.splitlines()[:-1]]

    for path in ("/admin/deeds-paper?notary=NT001&check=true", "/admin/deeds-paper?notary=NT001"):
        guesses = told(path, row(number["will"], note="x"), row(number["will"], kind="will", note="x"), row(number["contract"], note="x"))
        assert guesses[0] == guesses[1] == guesses[2] and guesses[0]["code"] == "paper-stands-untold", guesses
        assert not any(entry["number"] in json.dumps(guesses) for entry in entries)
    assert operator.lines(entries[0]["number"]) and operator.lines(entries[1]["number"])
    # Its own office is told both.
    own = book.verdicts(table([row(number["will"], kind="will", note="x")]), query="?check=true")[0]
    assert own["code"] == "paper-stands-otherwise" and entries[0]["number"] in own["title"]["en"]
