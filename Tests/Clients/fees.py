"""Notaries whose fees are receipted here, with the fixtures of the tests of fees."""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime

import pytest
import tamga
from daemon import ULAANBAATAR, Daemon
from signing import Office, act


TIN, BESIDE, FRONT = "90010000041", "61200064714", "110718991986"
TILL = {"branchNo": "001", "posNo": "1", "districtCode": "2403"}
FEE = {"amount": 15000, "consumerNo": "10000038"}


class Bureau(Office):
    """A notary whose fee receipts are filed under a TIN."""

    @classmethod
    def open(cls, ledger, pki, code: str, tin: str) -> "Bureau":
        ledger.must(
            "issuer", "add-notary", "--code", code, "--name", f"Нотариатч {code}", "--certificate", pki.certificate(code), "--tin", tin)
        return cls(ledger, pki, code, ledger.token("notary", code))

    def signed(self, draft: dict, content: bytes | None = None) -> dict:
        """What is sent to register, without a fee. With the document's content it is that which is signed, not the statement."""
        told = self.prepared(draft).json()
        signature = self.pki.sign(told["signed"].encode() if content is None else content, self.code)
        return {"act": told["act"], "signature": base64.b64encode(signature).decode()}

    def send(self, body: dict, fee=None, **headers):
        return self.ledger.post("/v1/deeds", {**body, "fee": fee} if fee is not None else body, self.token, headers=headers)

    def waiting(self) -> list[dict]:
        """The fee receipts of acts that are not there."""
        answer = self.ledger.get("/v1/deeds/fees", headers={"Authorization": f"Bearer {self.token}"})
        assert answer.status == 200, answer
        return answer.json()["withoutAct"]



def enrolled(ledger, folder, daemon=None) -> tamga.Ledger:
    file = folder / "offices.json"
    branches = [{"branchNo": "001", "name": "Төв", "districtCode": "2403", "tills": [{"posNo": "1"}]}]
    merchants = [{"tin": TIN, "name": "Жишээ нотариатын товчоо", "vatPayer": False, "branches": branches},
                 {"tin": BESIDE, "name": "Хажуугийн товчоо", "way": "beside"}]
    if daemon:
        merchants.append({"tin": FRONT, "name": "Урд товчоо", "way": "front", "posapi": daemon.address})
    file.write_text(json.dumps(merchants))
    ledger.must("issuer", "add-merchant", "--from", file)
    return ledger


@pytest.fixture(scope="module")
def daemon():
    with Daemon() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def fees(module_ledger, pki, tmp_path_factory, daemon):
    return enrolled(module_ledger, tmp_path_factory.mktemp("fees"), daemon).serve("--trust", pki.trust)


@pytest.fixture(scope="module")
def bureau(fees, pki):
    return Bureau.open(fees, pki, "NT001", TIN)


@pytest.fixture(scope="module")
def beside(fees, pki):
    return Bureau.open(fees, pki, "NT002", BESIDE)


def fresh(**members) -> dict:
    return act(secrets.token_bytes(32), propertyNumber=f"Ү-{secrets.randbelow(10**10):010d}", **members)


def fields(ledger, link: str, folder) -> dict[str, str]:
    """What evidence shows; it must hold."""
    file = folder / f"{secrets.token_hex(4)}.tlog-proof"
    file.write_bytes(ledger.get(link).body)
    told = json.loads(ledger.verify(file, "--json").output)
    assert told["verdict"] == "matches", told
    return {each["name"]: each.get("value") for each in told["fields"]}


def both(ledger, answer: dict, folder):
    """The two evidence files of an answer."""
    files = folder / "act.tlog-proof", folder / "receipt.tlog-proof"
    for file, link in zip(files, (answer["evidence"], answer["fee"]["evidence"]), strict=True):
        file.write_bytes(ledger.get(link).body)
    return files


def receipts(ledger, tin: str = TIN) -> list[dict]:
    pages = ledger.must("receipt", "chain", "--merchant", tin, "--all", "--json").output.splitlines()
    return [record for page in pages for record in json.loads(page)["records"]]


def returned(ledger, number: str, date: str, tin: str = TIN):
    return ledger.post("/v1/receipts/return", {"id": number, "date": date}, ledger.token("merchant", tin))


def printed(recorded: str) -> str:
    """A record's time as a receipt has it."""
    return f"{datetime.fromtimestamp(int(recorded.split('+')[0]) / 1000, ULAANBAATAR):%Y-%m-%d %H:%M:%S}"


def named_by(notary: str, act: dict, salt: str) -> str:
    """FORMATS.md, "Fee of an act"."""
    data = f"tamga act fee v1\n{notary}\n{act['document']['sha256']}\n".encode()
    return hmac.new(bytes.fromhex(salt), data, hashlib.sha256).hexdigest()


def fee_sale(tin: str, code: str = "437", tax: str = "VAT_FREE", amount: int = 15000, kind: str = "B2C_RECEIPT") -> dict:
    sums = {"totalAmount": amount, "totalVAT": 0, "totalCityTax": 0}
    item = {"name": "Нотариатын үйлчилгээ", "barCodeType": "UNDEFINED", "classificationCode": "8213000", "taxProductCode": code,
            "measureUnit": "үйлдэл", "qty": 1, "unitPrice": amount, **sums}
    return {**TILL, "merchantTin": tin, "type": kind, "billIdSuffix": secrets.token_hex(4), **sums,
            "receipts": [{"taxType": tax, "merchantTin": tin, "items": [item], "bankAccountNo": "1000000001", **sums}],
            "payments": [{"code": "CASH", "status": "PAID", "paidAmount": amount}]}
