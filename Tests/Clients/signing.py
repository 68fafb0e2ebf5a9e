"""What a notary's office does: write an act, have the statement made, sign it with openssl."""

from __future__ import annotations

import base64
import hashlib
import http.client
import itertools
import json
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from tamga import REPOSITORY, Answer, Ledger

NOTARIES = {
    "NT001": "notary-1", "NT002": "notary-2", "NT003": "leaving", "NT901": "expired", "NT902": "revoked", "NT903": "future",
    "NT904": "weak", "NT905": "nosign", "NT906": "other/notary", "NT907": "wrong-eku",
}
REGNUM, OTHER_REGNUM = "УБ85030412", "АА02261105"


def today() -> date:
    """In Mongolia."""
    return (datetime.now(timezone.utc) + timedelta(hours=8)).date()


def day(ahead: int) -> str:
    """So many days from today."""
    return (today() + timedelta(days=ahead)).isoformat()


@dataclass
class PKI:
    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "PKI":
        subprocess.run(
            [str(REPOSITORY / "tools" / "make-test-pki"), str(folder)], check=True, capture_output=True, timeout=120)
        return cls(folder)

    def copy(self, folder: Path) -> "PKI":
        """One of its own for a test that revokes."""
        shutil.copytree(self.folder, folder)
        return PKI(folder)

    @property
    def trust(self) -> Path:
        return self.folder / "trust"

    def certificate(self, code: str) -> Path:
        return self.folder / f"{NOTARIES[code]}.pem"

    def key(self, code: str) -> Path:
        return self.folder / f"{NOTARIES[code]}.key"

    def issuing(self, code: str) -> Path:
        return self.folder / ("other" if NOTARIES[code].startswith("other/") else ".") / "issuing.pem"

    def sign(self, content: bytes, code: str, cades: bool = True, digest: str = "sha256", with_issuer: bool = True) -> bytes:
        """A detached CMS signature in DER."""
        options = [*(["-cades"] if cades else []), *(["-certfile", self.issuing(code)] if with_issuer else [])]
        return subprocess.run(
            ["openssl", "cms", "-sign", "-binary", *options, "-md", digest, "-signer", self.certificate(code), "-inkey", self.key(code),
             "-outform", "DER"],
            input=content, stdout=subprocess.PIPE, check=True, timeout=30).stdout

    def run(self, *arguments, input: bytes | None = None) -> bytes:
        """A command of openssl in the folder."""
        done = subprocess.run(["openssl", *map(str, arguments)], cwd=self.folder, input=input, capture_output=True, timeout=30)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def revoke(self, code: str, at: datetime | None = None) -> None:
        """Revokes a notary's certificate, now or at a moment that has passed; the trust folder gets the CRL that says so."""
        self.run("ca", "-config", "issuing.cnf", "-revoke", f"{NOTARIES[code]}.pem", "-crl_reason", "keyCompromise")
        if at is not None:
            serial = self.run("x509", "-in", f"{NOTARIES[code]}.pem", "-noout", "-serial").decode().strip().split("=")[1]
            index = self.folder / "issuing.db" / "index"
            lines = [line.split("\t") for line in index.read_text().splitlines()]
            for line in lines:
                if line[3] == serial:
                    line[2] = f"{at.astimezone(timezone.utc):%y%m%d%H%M%SZ},keyCompromise"
            index.write_text("".join("\t".join(line) + "\n" for line in lines))
        self.run("ca", "-config", "issuing.cnf", "-gencrl", "-out", "trust/crls/issuing.pem")

    def timestamp(self, query: bytes) -> bytes:
        """The answer of the TEST timestamp authority to a request."""
        name = secrets.token_hex(8)
        (self.folder / f"{name}.tsq").write_bytes(query)
        self.run("ts", "-reply", "-config", "tsa.cnf", "-queryfile", f"{name}.tsq", "-out", f"{name}.tsr")
        return (self.folder / f"{name}.tsr").read_bytes()


def document(content: bytes) -> dict:
    return {"sha256": hashlib.sha256(content).hexdigest(), "name": "barimt.txt", "size": len(content)}


def act(content: bytes, **members) -> dict:
    """A power of attorney over a document, with a fresh salt."""
    return {
        "document": document(content),
        "type": "power-of-attorney",
        "parties": [
            {"role": "principal", "lastName": "Доржийн", "firstName": "Болдбаатар", "regnum": REGNUM},
            {"role": "representative", "lastName": "Ганболдын", "firstName": "Энхтуяа", "regnum": OTHER_REGNUM},
        ],
        "details": {"powers": ["Орон сууц худалдах гэрээнд гарын үсэг зурах"], "mayDelegate": False},
        "validUntil": day(365), "propertyNumber": "Ү-2206000999", "place": "Улаанбаатар", "note": "Нууцын тэмдэглэл",
        "salt": secrets.token_hex(32), **members,
    }


def sale(content: bytes, property: str | None, **members) -> dict:
    """A contract of sale, which engages its property."""
    return {
        "document": document(content), "type": "contract",
        "parties": [
            {"role": "seller", "lastName": "Цэрэндоржийн", "firstName": "Мөнхбат", "regnum": "УХ79120815"},
            {"role": "buyer", "name": "«Загвар Орд» ХХК", "organisationNumber": "6019509"},
        ],
        "details": {"subject": "sale", "item": "Гурван өрөө орон сууц", "price": "112000000.00"},
        "propertyNumber": property, "salt": secrets.token_hex(32), **members,
    }


def will(content: bytes, **members) -> dict:
    return {
        "document": document(content), "type": "will",
        "parties": [
            {"role": "testator", "lastName": "Жамъянгийн", "firstName": "Дэндэвсамбуу", "regnum": "ЗЮ47110923"},
            {"role": "witness", "lastName": "Чагнаадоржийн", "firstName": "Оюунбилэг", "regnum": "ЖЭ81092214"},
        ],
        "details": {"form": "sealed", "kept": "archive", "copies": 3, "medicalOpinion": "ЭМД-77120/88"},
        "place": "Мандалговь", "salt": secrets.token_hex(32), **members,
    }


@dataclass
class Office:
    """One notary with a token."""

    ledger: Ledger
    pki: PKI
    code: str
    token: str

    @classmethod
    def enrol(cls, ledger: Ledger, pki: PKI, code: str) -> "Office":
        ledger.must(
            "issuer", "add-notary", "--code", code, "--name", f"Нотариатч {code}", "--certificate", pki.certificate(code))
        return cls(ledger, pki, code, ledger.token("notary", code))

    def prepared(self, act: dict, change: bool = False) -> Answer:
        """The statement in both forms, what is sent with the signature, and the warnings."""
        return self.ledger.post("/v1/deeds/change-statement" if change else "/v1/deeds/statement", act, self.token)

    def statement(self, act: dict) -> bytes:
        """The bytes that are to be signed."""
        answer = self.ledger.post("/v1/deeds/statement", act, self.token, headers={"Accept": "text/plain"})
        assert answer.status == 200, answer
        assert answer.headers["content-type"].startswith("text/plain")
        return answer.body

    def submit(self, act: dict, signature: bytes, acknowledge=()) -> Answer:
        body = {"act": act, "signature": base64.b64encode(signature).decode(), "acknowledge": list(acknowledge)}
        return self.ledger.post("/v1/deeds", body, self.token)

    def register(self, act: dict, cades: bool = True, acknowledge=None) -> Answer:
        """Signs the statement and registers. The notary goes on in spite of all that the statement warned of, or of what is given."""
        told = self.prepared(act)
        if told.status != 200:
            return told
        told = told.json()
        if acknowledge is None:
            acknowledge = {warning["act"] for warning in told["warnings"]}
        return self.submit(told["act"], self.pki.sign(told["signed"].encode(), self.code, cades), acknowledge)

    def registered(self, act: dict, **options) -> Answer:
        answer = self.register(act, **options)
        assert answer.status == 201, answer
        return answer

    def change(self, draft: dict, code: str | None = None, acknowledge=()) -> Answer:
        """Signs the statement of a change, as another notary would if told so, and files it; what refuses first is given."""
        told = self.prepared({"reason": "Талууд тохиролцов", "salt": secrets.token_hex(32), **draft}, change=True)
        if told.status != 200:
            return told
        told = told.json()
        return self.submit_change(told["change"], self.pki.sign(told["signed"].encode(), code or self.code), acknowledge)

    def submit_change(self, change: dict, signature: bytes, acknowledge=()) -> Answer:
        body = {"change": change, "signature": base64.b64encode(signature).decode(), "acknowledge": list(acknowledge)}
        return self.ledger.post("/v1/deeds/changes", body, self.token)

    def revoke(self, number: str, reason: str = "Талууд цуцлав", code: str | None = None) -> Answer:
        return self.change({"act": number, "change": "revoked", "reason": reason}, code)

    def act(self, number: str) -> Answer:
        return self.ledger.get(f"/v1/deeds/{number}", headers={"Authorization": f"Bearer {self.token}"})

    def search(self, **query) -> list[dict]:
        answer = self.ledger.post("/v1/deeds/search", query, self.token)
        assert answer.status == 200, answer
        return answer.json()["acts"]

    def book(self, year: int | None = None, **query) -> dict:
        asked = "&".join(f"{name}={value}" for name, value in {"year": year or today().year, **query}.items())
        answer = self.ledger.get(f"/v1/deeds/book?{asked}", headers={"Authorization": f"Bearer {self.token}"})
        assert answer.status == 200, answer
        return answer.json()


# Who asks for a status is slowed down by address: each comes from a loopback address of its own.
ADDRESSES = (f"127.2.{high}.{low}" for high, low in itertools.product(range(1, 250), range(1, 250)))


def status(ledger: Ledger, number: str, code: str) -> Answer:
    """What anybody with number and access code is told."""
    return ask_from(next(ADDRESSES), ledger, "POST", "/v1/deeds/status", {"act": number, "code": code})


def ask_from(address: str, ledger: Ledger, method: str, path: str, body=None, token: str | None = None) -> Answer:
    """A request from a loopback address."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body, ensure_ascii=False).encode()
    connection = http.client.HTTPConnection(ledger.api, timeout=20, source_address=(address, 0))
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOK_ALIKES = str.maketrans("01ABCEHKMPTXY3", "ОІАВСЕНКМРТХУЗ")


def wrong_code() -> str:
    """An access code that is well formed and nobody's."""
    number = secrets.randbits(50)
    check = number % 1021
    digits = [number >> shift & 31 for shift in range(45, -1, -5)] + [check >> 5, check & 31]
    return "".join(ALPHABET[digit] for digit in digits)


def problem(answer: Answer) -> str:
    """The code of a refusal as problem details; the form is checked on the way."""
    assert answer.headers.get("content-type", "").startswith("application/problem+json"), answer
    assert answer.headers.get("content-language") in ("mn", "en"), answer
    body = json.loads(answer.body)
    assert body["status"] == answer.status and body["title"] and body["code"], answer
    return body["code"]
