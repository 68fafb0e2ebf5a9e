"""What a notary's office does: write an act, have the statement made, sign it with openssl."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tamga import REPOSITORY, Answer, Ledger

NOTARIES = {
    "NT001": "notary-1", "NT002": "notary-2", "NT901": "expired", "NT902": "revoked", "NT903": "future", "NT904": "weak",
    "NT905": "nosign", "NT906": "other/notary",
}


@dataclass
class PKI:
    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "PKI":
        subprocess.run(
            [str(REPOSITORY / "tools" / "make-test-pki"), str(folder)], check=True, capture_output=True, timeout=120)
        return cls(folder)

    @property
    def trust(self) -> Path:
        return self.folder / "trust"

    def certificate(self, code: str) -> Path:
        return self.folder / f"{NOTARIES[code]}.pem"

    def sign(self, content: bytes, code: str, cades: bool = True) -> bytes:
        """A detached CMS signature in DER."""
        name = NOTARIES[code]
        issuing = self.folder / "other" / "issuing.pem" if name.startswith("other/") else self.folder / "issuing.pem"
        return subprocess.run(
            ["openssl", "cms", "-sign", "-binary", *(["-cades"] if cades else []), "-md", "sha256", "-signer",
             self.certificate(code), "-inkey", self.folder / f"{name}.key", "-certfile", issuing, "-outform", "DER"],
            input=content, stdout=subprocess.PIPE, check=True, timeout=30).stdout


def act(document: bytes, **members) -> dict:
    """A power of attorney over a document, with a fresh salt."""
    return {
        "document": {"sha256": hashlib.sha256(document).hexdigest(), "name": "itgemjlel.txt", "size": len(document)},
        "type": "power-of-attorney",
        "parties": [
            {"role": "principal", "name": "Доржийн Болдбаатар", "registerNumber": "УБ85030412"},
            {"role": "representative", "name": "Ганболдын Энхтуяа", "registerNumber": "АА02261105"},
        ],
        "powers": ["Орон сууц худалдах гэрээнд гарын үсэг зурах"],
        "object": "Ү-2206000999", "place": "Улаанбаатар", "note": "Нууцын тэмдэглэл",
        "salt": secrets.token_hex(32), **members,
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

    def statement(self, act: dict) -> bytes:
        answer = self.ledger.post("/v1/deeds/statement", act, self.token)
        assert answer.status == 200, answer
        assert answer.headers["content-type"].startswith("text/plain")
        return answer.body

    def submit(self, act: dict, signature: bytes) -> Answer:
        body = {"act": act, "signature": base64.b64encode(signature).decode()}
        return self.ledger.post("/v1/deeds", body, self.token)

    def register(self, act: dict, cades: bool = True) -> Answer:
        return self.submit(act, self.pki.sign(self.statement(act), self.code, cades))

    def registered(self, act: dict, **options) -> Answer:
        answer = self.register(act, **options)
        assert answer.status == 201, answer
        return answer

    def revoke(self, number: str, reason: str = "Талууд цуцлав", code: str | None = None) -> Answer:
        draft = {"act": number, "reason": reason, "salt": secrets.token_hex(32)}
        statement = self.ledger.post("/v1/deeds/revocation-statement", draft, self.token)
        if statement.status != 200:
            return statement
        signature = self.pki.sign(statement.body, code or self.code)
        body = {**draft, "signature": base64.b64encode(signature).decode()}
        return self.ledger.post("/v1/deeds/revoke", body, self.token)


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
